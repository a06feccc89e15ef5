"""Lighter copies for the built site: WebP without loss, made once, kept in `.cache/`."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from PIL import Image, features

from kb import files
from kb.pictures import DENSITY, WIDE
from kb.pictures.probe import File

SOURCES = frozenset({"PNG", "JPEG"})
WIDTHS = (WIDE, WIDE * DENSITY)  # for coarse and fine screens
WORTH = 0.75  # a copy in fewer pixels has to weigh less than this share of the whole one
_EFFORT = {"lossless": True, "method": 4, "quality": 70}
_VERSION = f"1-{features.version('webp')}"  # another encoder gives other bytes


class Copy(NamedTuple):
    """A WebP copy of a picture; `files.recall` gives its bytes."""

    path: Path
    width: int
    height: int


class _Job(NamedTuple):
    source: Path
    digest: str
    widths: tuple[int, ...]
    cache: Path


def make(docs: Path, pictures: Mapping[str, File], cache: Path) -> dict[str, tuple[Copy, ...]]:
    """Copies of each picture, widest first, all lighter than it; none where none is lighter.

    Only the widest has every pixel. Drawings get no narrower ones: flat colours weigh more when
    they are scaled, and a browser scales the whole one as well.
    """
    jobs = {
        path: _Job(docs / path, file.digest, _widths(file), cache)
        for path, file in pictures.items()
        if file.kind in SOURCES and not file.error and file.frames == 1
    }
    todo = [job for job in jobs.values() if None in map(files.recall, _kept(job))]
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # the encoder leaves Python's lock
        list(threads.map(_encode, todo))
    return {path: tuple(_copies(job, pictures[path])) for path, job in jobs.items()}


def _widths(file: File) -> tuple[int, ...]:
    narrower = () if file.mode == "P" else tuple(w for w in WIDTHS if w < file.width)
    return (file.width, *reversed(narrower))


def _kept(job: _Job) -> list[Path]:
    return [job.cache / f"{job.digest}-{width}-{_VERSION}" for width in job.widths]


def _copies(job: _Job, file: File) -> Iterator[Copy]:
    for path, width in zip(_kept(job), job.widths, strict=True):
        if files.recall(path):  # an empty one says: not worth it
            yield Copy(path, width, _height(file.width, file.height, width))


def _height(width: int, height: int, scaled: int) -> int:
    return max(1, round(height * scaled / width))


def _encode(job: _Job) -> None:
    data = job.source.read_bytes()
    limit = len(data)
    for path, width in zip(_kept(job), job.widths, strict=True):
        encoded = encode(data, width)
        files.remember(path, encoded if len(encoded) < limit else b"")
        if width == job.widths[0]:
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
