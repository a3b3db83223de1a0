"""Signed notes and checkpoints: the examples that others have published open, and nothing that was changed does."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.history.checkpoint import Checkpoint, checkpoint_of, open_checkpoint
from engine.history.merkle import leaf_hash
from engine.history.note import Signer, Verifier, open_note, sign, verifier_of
from engine.kernel.errors import InvalidInput

# The example of c2sp.org/signed-note
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# The example of Go's golang.org/x/mod/sumdb/note, with its private key
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = GO_TEXT + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
# The example of c2sp.org/tlog-checkpoint
SOFA = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

CHECKPOINT = Checkpoint(origin="chidao/log1", size=17, root=leaf_hash(b"17"), made_at="2026-04-01T01:00:00.000Z", offset_ms=-12)


def signer(name: str, seed: int) -> Signer:
    return Signer(name=name, private=Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


LAN, HUNG = signer("lan.example/log", 1), signer("hung.example/witness", 2)


def test_the_example_note_of_c2sp_opens() -> None:
    key = verifier_of(C2SP_KEY)
    opened = open_note(C2SP_NOTE, [key])
    assert (opened.text, opened.by) == ("This is an example message.\n", (key,))
    assert key.vkey == C2SP_KEY


def test_the_example_note_of_go_opens_and_is_signed_to_the_same_letter() -> None:
    peter = Signer(name="PeterNeumann", private=Ed25519PrivateKey.from_private_bytes(base64.b64decode(GO_PRIVATE)[1:]))
    assert peter.verifier.vkey == GO_KEY
    assert sign(GO_TEXT, [peter]) == GO_NOTE
    assert open_note(GO_NOTE, [verifier_of(GO_KEY)]).text == GO_TEXT


def test_the_example_checkpoint_of_c2sp_is_read() -> None:
    found = checkpoint_of(SOFA)
    assert (found.origin, found.size, found.made_at, found.offset_ms) == ("example.com/behind-the-sofa", 20852163, None, None)
    assert found.text() == SOFA


def test_a_note_of_two_tells_which_of_them_are_known() -> None:
    note = sign("text\n", [LAN, HUNG])
    assert open_note(note, [LAN.verifier, HUNG.verifier]).by == (LAN.verifier, HUNG.verifier)
    assert open_note(note, [HUNG.verifier]).by == (HUNG.verifier,)


def test_empty_lines_belong_to_the_text_but_for_the_last() -> None:
    text = "Ognuno sta solo sul cuor della terra\n\ned è subito sera.\n"
    assert open_note(sign(text, [LAN]), [LAN.verifier]).text == text


@pytest.mark.parametrize("place", range(len("lan: 17\n")))
def test_a_changed_letter_is_found(place: int) -> None:
    note = sign("lan: 17\n", [LAN])
    changed = note[:place] + ("x" if note[place] != "x" else "y") + note[place + 1 :]
    with pytest.raises(InvalidInput, match=r"Expected the signature of lan\.example/log|Expected a signed note"):
        open_note(changed, [LAN.verifier])


def test_one_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    wrong = sign("another text\n", [HUNG]).splitlines(keepends=True)[-1]
    with pytest.raises(InvalidInput, match=r"Expected the signature of hung\.example/witness"):
        open_note(sign("text\n", [LAN]) + wrong, [LAN.verifier, HUNG.verifier])


def test_a_note_by_nobody_known_stays_closed() -> None:
    namesake = signer("lan.example/log", 3)
    with pytest.raises(InvalidInput, match=r"but found only signatures of lan\.example/log\. Add the right key"):
        open_note(sign("text\n", [namesake]), [LAN.verifier])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "\n\n— lan.example/log AAAAAAA=\n",
        C2SP_NOTE.removesuffix("\n"),
        C2SP_NOTE.replace("— ", "- "),
        C2SP_NOTE.replace(" Uw2", " Uw!"),
        C2SP_NOTE.replace("\n", "\r\n"),
        "text\n\n— lan.example/log AAAA\n",
        "text\n\n" + C2SP_NOTE.splitlines(keepends=True)[-1] * 65,
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(InvalidInput, match=r"^Expected .+ but found .+\. Use the file as it was written\.$"):
        open_note(note, [verifier_of(C2SP_KEY)])


@pytest.mark.parametrize("text", ["no end", "a\tb\n", "\x00\n"])
def test_what_a_note_cannot_hold_is_not_signed(text: str) -> None:
    with pytest.raises(InvalidInput, match="Expected lines of text"):
        sign(text, [LAN])


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_name_that_would_break_the_line_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="Expected a name of a key"):
        sign("text\n", [signer(name, 1)])


@pytest.mark.parametrize("place", range(len(C2SP_KEY)))
def test_a_key_with_one_changed_letter_is_refused(place: int) -> None:
    changed = C2SP_KEY[:place] + chr(ord(C2SP_KEY[place]) + 1) + C2SP_KEY[place + 1 :]
    with pytest.raises(InvalidInput, match="Copy the whole line again"):
        verifier_of(changed)


@pytest.mark.parametrize("end", range(len(C2SP_KEY)))
def test_a_key_that_was_cut_off_is_refused(end: int) -> None:
    with pytest.raises(InvalidInput, match="Copy the whole line again"):
        verifier_of(C2SP_KEY[:end])


def test_a_key_of_another_kind_is_refused() -> None:
    other = base64.b64encode(b"\x02" + LAN.verifier.public).decode()
    with pytest.raises(InvalidInput, match="Expected a key as"):
        verifier_of(f"lan.example/log+{LAN.verifier.key_id}+{other}")


def test_a_checkpoint_comes_back_as_it_was_made() -> None:
    assert open_checkpoint(CHECKPOINT.signed([LAN]), [LAN.verifier]) == CHECKPOINT


def test_an_unknown_offset_is_said_so() -> None:
    unknown = Checkpoint(origin="chidao/log1", size=0, root=CHECKPOINT.root, made_at="2026-04-01T01:00:00.000Z")
    assert unknown.text().endswith("\nclock-offset-ms unknown\n")
    assert checkpoint_of(unknown.text()) == unknown


def test_extension_lines_of_others_are_left_aside() -> None:
    assert checkpoint_of(CHECKPOINT.text() + "weather rain\n") == CHECKPOINT


@pytest.mark.parametrize("lines", [[], ["chidao/log1"], ["chidao/log1", "017"], ["", "17"], ["chidao/log1", "-1"], ["chidao/log1", "²"], ["chidao/log1", "9" * 20]])
def test_what_is_no_checkpoint_is_refused(lines: list[str]) -> None:
    whole = [*lines, *["chidao/log1", "17"][len(lines) :], base64.b64encode(CHECKPOINT.root).decode()]
    text = "".join(line + "\n" for line in (whole if len(lines) == 2 else lines))
    with pytest.raises(InvalidInput, match="Expected a checkpoint"):
        checkpoint_of(text)


def test_a_root_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Expected a checkpoint"):
        checkpoint_of("chidao/log1\n17\nAAAA\n")


def test_a_key_is_equal_to_itself_and_to_no_namesake() -> None:
    assert verifier_of(LAN.verifier.vkey) == LAN.verifier
    assert Verifier(name=LAN.name, public=HUNG.verifier.public) != LAN.verifier
