"""Lighter copies for the built site: WebP without loss, made once, kept in `.cache/`."""

import io
from collections.abc import Mapping, Sequence
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

from PIL import Image, features

from kb import files, pool
from kb.pictures import DENSITY, WIDE
from kb.pictures.probe import File

SOURCES = frozenset({"PNG", "JPEG"})
WIDTHS = (WIDE, WIDE * DENSITY)  # for coarse and fine screens
WORTH = 0.75  # a copy in fewer pixels has to weigh less than this share of the whole one
_EFFORT = {"lossless": True, "method": 2, "quality": 70}
_VERSION = f"2-{features.version('webp')}"  # another encoder gives other bytes


class Copy(NamedTuple):
    """A WebP copy of a picture; `files.recall` gives its bytes."""

    path: Path
    width: int
    height: int


def make(docs: Path, pictures: Mapping[str, File], cache: Path) -> dict[str, tuple[Copy, ...]]:
    """Copies of each picture, widest first, all lighter than it; none where none is lighter.

    Only the widest has every pixel. Drawings get no narrower ones: flat colours weigh more when
    they are scaled, and a browser scales the whole one as well.
    """
    wanted = {
        path: _copies(file, cache)
        for path, file in pictures.items()
        if file.kind in SOURCES and not file.error and file.frames == 1
    }
    todo = [path for path, held in wanted.items() if None in (files.recall(c.path) for c in held)]
    given = [(docs / path, wanted[path]) for path in todo]
    list(pool.spread(lambda some: [*starmap(_encode, some)], given, 2))
    return {  # an empty one says: not worth it
        path: tuple(copy for copy in held if files.recall(copy.path))
        for path, held in wanted.items()
    }


def _copies(file: File, cache: Path) -> list[Copy]:
    narrower = [] if file.mode == "P" else [width for width in WIDTHS if width < file.width]
    whole = file.width, file.height
    return [
        Copy(cache / f"{file.digest}-{width}-{_VERSION}", width, _height(*whole, width))
        for width in (file.width, *reversed(narrower))
    ]


def _height(width: int, height: int, scaled: int) -> int:
    return max(1, round(height * scaled / width))


def _encode(source: Path, copies: Sequence[Copy]) -> None:
    data = source.read_bytes()
    limit = len(data)
    for copy in copies:
        encoded = encode(data, copy.width)
        files.remember(copy.path, encoded if len(encoded) < limit else b"")
        if copy is copies[0]:
            limit = int(min(limit, len(encoded)) * WORTH)


def encode(data: bytes, width: int) -> bytes:
    """A picture as WebP without loss, scaled down to a width."""
    with Image.open(io.BytesIO(data)) as image:
        clear = "transparency" in image.info or image.mode in ("LA", "RGBA", "PA")
        plain = image.convert("RGBA" if clear else "RGB")
    if width != plain.width:
        size = (width, _height(*plain.size, width))
        plain = plain.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    plain.save(out, "WEBP", **_EFFORT)
    return out.getvalue()
