"""Scanned pages, read by a program on the path that stands in for tesseract."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.documents.text import extract_text
from engine.kernel.errors import InvalidInput
from tests.documents.test_text import make_pdf

PNG = b"\x89PNG\r\n\x1a\n and the rest"
LETTER = "Số 12-CV/BTGTU"


def scanned_pdf() -> bytes:
    """A page on which only a rectangle is drawn."""
    return make_pdf([""]).replace(b"BT /F1 12 Tf 40 780 Td <> Tj 0 -20 Td ET", b"10 10 300 300 re f" + b" " * 22)


def install(folder: Path, script: str) -> None:
    program = folder / "tesseract"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on the path."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return tmp_path


def test_a_scan_is_read_by_tesseract_in_vietnamese(path: Path) -> None:
    install(path, f'test "$*" = "- - -l vie" && cat > {path}/picture && echo "{LETTER}"')
    assert extract_text("page.png", PNG).strip() == LETTER
    assert (path / "picture").read_bytes() == PNG


def test_a_page_without_text_of_a_pdf_is_drawn_at_300_dots_and_read(path: Path) -> None:
    install(path, f'cat > {path}/picture; echo "{LETTER}"')
    assert extract_text("letter.pdf", scanned_pdf()).strip() == LETTER
    assert (path / "picture").read_bytes().startswith(b"P5\n2480 3509\n255\n")


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("cat > /dev/null; echo 'Error opening data file vie.traineddata' >&2; exit 1", "install tesseract-ocr-vie"),
        ("cat > /dev/null; echo 'no picture' >&2; exit 1", "tesseract cannot read page.png"),
        ("cat > /dev/null; echo", "holds only white space"),
    ],
)
def test_what_tesseract_cannot_read_is_said_in_one_sentence(path: Path, script: str, sentence: str) -> None:
    install(path, script)
    with pytest.raises(InvalidInput, match=sentence):
        extract_text("page.png", PNG)


@pytest.mark.parametrize(("name", "content"), [("page.jpg", b"\xff\xd8\xff"), ("letter.pdf", scanned_pdf())])
def test_without_tesseract_the_message_says_what_to_install(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InvalidInput, match=r"apt install tesseract-ocr tesseract-ocr-vie"):
        extract_text(name, content)
