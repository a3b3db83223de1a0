"""The hashes of a log's records, kept where the database cannot reach them: level-0 tiles of c2sp.org/tlog-tiles, 256 hashes a file.

`PREFIX/tile/0/x001/x234/067` holds the leaf hashes of the records 1234067 * 256 + 1 and following; the last, unfinished tile lies
beside it as `067.p/WIDTH`. With them a changed record is named where a checkpoint alone names only an interval.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from engine.history.merkle import DIGEST
from engine.kernel.errors import InvalidInput

WIDTH = 256  # hashes in a whole tile
GROUP = 1000  # entries of one folder
TILES = Path("tile/0")


def numbered(number: int) -> Path:
    """Return the path of a number as tlog-tiles writes it: 1234067 is x001/x234/067."""
    last, names = f"{number % GROUP:03d}", list[str]()
    while number := number // GROUP:
        names.insert(0, f"x{number % GROUP:03d}")
    return Path(*names, last)


def tile_start(size: int) -> int:
    """Return how many records stand before the last, unfinished tile of a log of this size."""
    return size - size % WIDTH


def extend(prefix: Path, start: int, hashes: Iterable[bytes]) -> int:
    """Write the tiles of the records after `start`, which is the beginning of a tile; return how many records they reach to.

    Each file is there whole or not at all. Raises `OSError`.
    """
    source, size = iter(hashes), start
    while tile := list(islice(source, WIDTH)):
        place = prefix / TILES / numbered(size // WIDTH)
        size += len(tile)
        _write_tile(place, tile)
    return size


def hashes(prefix: Path, size: int, *, after: int = 0) -> Iterator[bytes]:
    """Yield the leaf hashes of the records behind `after` up to `size`. Raises `InvalidInput` when a tile is missing, or shorter than it must be."""
    for start in range(tile_start(after), size, WIDTH):
        wanted = min(WIDTH, size - start)
        content = _content(prefix / TILES / numbered(start // WIDTH), wanted)
        if content is None:
            message = (
                f"Expected the hashes of the records {start + 1} to {start + wanted} in the mirror {prefix}, but they are not there. "
                "Verify with another place."
            )
            raise InvalidInput(message)
        for place in range(max(0, after - start) * DIGEST, wanted * DIGEST, DIGEST):
            yield content[place : place + DIGEST]


def write_whole(place: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, and stays when the power goes. Raises `OSError`."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)


def _write_tile(place: Path, tile: list[bytes]) -> None:
    beside = place.with_name(place.name + ".p")
    if len(tile) == WIDTH:
        write_whole(place, b"".join(tile))
    else:
        write_whole(beside / str(len(tile)), b"".join(tile))
    for old in list(beside.glob("[0-9]*")) if beside.is_dir() else ():
        if int(old.name) < len(tile):
            old.unlink(missing_ok=True)
    if len(tile) == WIDTH and beside.is_dir() and not any(beside.iterdir()):
        beside.rmdir()


def _content(place: Path, wanted: int) -> bytes | None:
    """Return at least `wanted` hashes of a tile, from the whole one or an unfinished one; None when there are not so many."""
    beside = place.with_name(place.name + ".p")
    unfinished = sorted((int(each.name), each) for each in beside.glob("[0-9]*")) if beside.is_dir() else []
    for found in (place, *(each for width, each in reversed(unfinished) if width >= wanted)):
        if found.is_file() and len(content := found.read_bytes()) >= wanted * DIGEST:
            return content
    return None
