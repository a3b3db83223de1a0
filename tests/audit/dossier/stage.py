"""A directive whose history was signed from its first record on, its dossier, and whoever changes one on its way to the auditor."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.audit.exports.dossier import ExportDossier, Exported, OpenDossier
from engine.audit.exports.dossier_check import Checked, check_dossier
from engine.audit.exports.dossier_files import dossier_of
from engine.commands.audit import audit
from engine.directives.receive import StoreDocument
from engine.directives.signed_files import AttachSignedFile
from engine.execution.checkpoints import Checkpoints
from engine.history import trust
from engine.history.places import Place
from engine.history.trust import Trust, read_trust
from engine.kernel.actor import SYSTEM, Actor
from engine.storage import Database, keys
from tests.directives.ward import Ward
from tests.door.office import Office
from tests.templates import copied

SCAN = b"%PDF-1.4 ban ky so 370-CV/BTGTU"
DIGEST = hashlib.sha256(SCAN).hexdigest()
RECORDS, PROOFS = "data/records.jsonl", "data/proofs.json"
Change = Callable[[dict[str, bytes]], None]


@dataclass(frozen=True)
class Bureau:
    """A ward with a letter and its signed copy; `home`: where its keys are, if it has any; `kept`: the trust file that an auditor has."""

    ward: Ward
    folder: Path
    home: Path | None = None

    @property
    def kept(self) -> Path:
        return self.folder / "kept-vkeys.txt"

    @property
    def database(self) -> Database:
        return self.ward.office.database

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """Let the bureau's keys be those of this machine."""
        with pytest.MonkeyPatch.context() as patch:
            if self.home:
                patch.setenv("CHIDAO_HOME", str(self.home))
            yield

    def checkpoint(self) -> int:
        with self.at_home():
            return Checkpoints(self.ward.office.door, places=[Place(folder=self.folder / "place")]).look(now=True)

    def record(self, actor: Actor = SYSTEM, *, directive: str | None = None, purpose: str = "") -> Exported:
        """Have it recorded that the dossier is taken out."""
        office, of = self.ward.office, directive or self.ward.letter
        with self.at_home():
            answer = office.do(ExportDossier(directive=of, purpose=purpose), actor)
            found: Exported = office.door.ask(OpenDossier(directive=of, export=answer["export"]), actor)
        return found

    def pack(self, exported: Exported, to: Path) -> Path:
        with self.at_home(), self.database.reading() as connection, to.open("wb") as file:
            for piece in dossier_of(connection, exported).pieces():
                file.write(piece)
        return to

    def take_out(self, to: Path, **how: Any) -> Path:
        """Take out a dossier as an auditor does: recorded, under a checkpoint, packed."""
        exported = self.record(**how)
        self.checkpoint()
        return self.pack(exported, to)


def set_up(database: Database) -> None:
    """Have a letter and its signed copy come to the ward, with every record signed by the keys of the tests."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIDAO_HOME", folder)
        make_keys(Path(folder))
        ward = Ward(Office(database))
        office = ward.office
        office.do(StoreDocument(organisation=office.unit("btg"), name="bản ký.PDF", media_type="application/pdf", content=SCAN.hex()))
        office.do(AttachSignedFile(directive=ward.letter, document=DIGEST, note="Văn thư"), office.actor("van.thu"))
        office.receive(12)  # another directive, whose records stand between


def make_keys(home: Path) -> None:
    """Make the same keys in every home, so that a copied database goes on with them. The home has to be set."""
    (home / "keys").mkdir(parents=True)
    for number, name in enumerate((keys.SIGNING_KEY, keys.CHECKPOINT_KEY), start=1):
        keys.write_new(home / "keys" / name, keys._pem(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)))
    keys.make_missing()
    trust.publish()


def bureau_in(folder: Path, database: Database) -> Bureau:
    """Return the bureau of a database that was set up, with its keys in a folder."""
    home = folder / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIDAO_HOME", str(home))
        make_keys(home)
        shutil.copy(keys.folder() / keys.TRUST_FILE, folder / "kept-vkeys.txt")
        return Bureau(ward=Ward(Office(database)), folder=folder, home=home)


signed_database = copied("bureau", set_up, kinds=("sqlite",))


def packed(zip_file: Path) -> dict[str, bytes]:
    """Return the files of a dossier by their paths in it."""
    with ZipFile(zip_file) as found:
        return {name.partition("/")[2]: found.read(name) for name in found.namelist()}


def folder_of(zip_file: Path) -> str:
    with ZipFile(zip_file) as found:
        return found.namelist()[0].partition("/")[0]


def changed(zip_file: Path, to: Path, *changes: Change, relisted: bool = True) -> Path:
    """Write a dossier that somebody has changed on its way; `relisted`: whoever did so wrote new lists of digests."""
    files, folder = packed(zip_file), folder_of(zip_file)
    for change in changes:
        change(files)
    if relisted:
        payload = {name for name in files if name.startswith("data/")}
        files["manifest-sha256.txt"] = _listed(files, payload)
        files["tagmanifest-sha256.txt"] = _listed(files, set(files) - payload - {"tagmanifest-sha256.txt", "seal.txt"})
    with ZipFile(to, "w") as out:
        for name, content in files.items():
            out.writestr(f"{folder}/{name}", content)
    return to


def _listed(files: Mapping[str, bytes], names: set[str]) -> bytes:
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(names)).encode()


def records(files: Mapping[str, bytes]) -> list[bytes]:
    return files[RECORDS].splitlines()


def proofs(files: Mapping[str, bytes]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    told = json.loads(files[PROOFS])
    return {name: value for name, value in told.items() if name != "records"}, told["records"]


def write(files: dict[str, bytes], lines: list[bytes], told: list[dict[str, Any]]) -> None:
    """Put records and what is told of them into a dossier, in the form that it has."""
    head, _ = proofs(files)
    files[RECORDS] = b"".join(line + b"\n" for line in lines)
    first = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1] + ","
    rest = ",\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in told)
    files[PROOFS] = f'{first}\n"records":[\n{rest}\n]}}\n'.encode()


def checked(zip_file: Path, kept: Path | Trust | None) -> Checked:
    return check_dossier(zip_file, read_trust(kept) if isinstance(kept, Path) else kept)


def verify(*arguments: str | Path) -> Result:
    """Run `chidao audit verify-dossier`."""
    return CliRunner().invoke(audit, ["verify-dossier", *map(str, arguments)])


def unpacked(dossier: Path, to: Path) -> Path:
    """Unpack a dossier, and return its folder."""
    with ZipFile(dossier) as file:
        file.extractall(to)
    return to / folder_of(dossier)


def walk(folder: Path, trust: Path) -> subprocess.CompletedProcess[str]:
    """Follow the manual that lies in the dossier: its commands are set in by four spaces."""
    lines = (folder / "VERIFY.txt").read_text("utf-8").splitlines()
    script = "\n".join(line[4:] for line in lines if line.startswith("    "))
    environment = {"PATH": "/usr/bin:/bin", "TRUST": str(trust)}
    return subprocess.run(["sh", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120)
