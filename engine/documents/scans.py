"""Text recognition of scanned pages by the program `tesseract`, when it is installed; nothing is sent anywhere."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import PurePath

from engine.documents.limits import refusal
from engine.kernel.environment import for_program

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
_SIGNATURES = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".tif": (b"II*\x00", b"MM\x00*"),
    ".tiff": (b"II*\x00", b"MM\x00*"),
}
_SECONDS_A_PAGE = 120


def tesseract() -> str | None:
    """Return the path of the program, or None when it is not installed."""
    return shutil.which("tesseract")


def picture_text(name: str, content: bytes) -> str:
    """Return the text of a scanned page.

    Raises InvalidInput when the file is no such picture, and when tesseract or its Vietnamese data is missing.
    """
    kind = PurePath(name).suffix.lower()
    if not content.startswith(_SIGNATURES[kind]):
        raise refusal(name, f"Expected a {kind} picture of a page, but {name} is not one; scan the page again.")
    return recognise(name, content)


def recognise(name: str, picture: bytes) -> str:
    """Return the text that tesseract reads in a picture (PNG, JPEG, TIFF or a portable grey map)."""
    program = tesseract()
    if program is None:
        raise refusal(
            name,
            f"Expected the program tesseract to read the scan {name}, but it is not installed; install it with its Vietnamese data "
            "(on Debian: apt install tesseract-ocr tesseract-ocr-vie) or hand in the document as .docx.",
        )
    try:
        done = subprocess.run(
            [program, "-", "-", "-l", "vie"],
            input=picture, capture_output=True, timeout=_SECONDS_A_PAGE, check=False, env=for_program(OMP_THREAD_LIMIT="1"),
        )  # fmt: skip
    except (subprocess.TimeoutExpired, OSError) as error:
        raise refusal(name, f"Expected tesseract to read {name} within {_SECONDS_A_PAGE} seconds, but it did not; scan the page smaller.") from error
    if done.returncode == 0:
        return done.stdout.decode("utf-8", errors="replace")
    complaint = done.stderr.decode("utf-8", errors="replace")
    if "vie.traineddata" in complaint or "language 'vie'" in complaint:
        raise refusal(name, f"Expected the Vietnamese data of tesseract to read {name}, but it is not installed; install tesseract-ocr-vie.")
    raise refusal(name, f"Expected a picture of a page, but tesseract cannot read {name}; scan the page again.")
