"""The bytes of a picture -> what it is, whether it is whole, and what it tells besides its pixels.

Results are kept by content hash in `.cache/`: what was read once is not decoded again.
"""

import hashlib
import io
import json
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import PIL
from PIL import Image, UnidentifiedImageError

from kb import files, pool
from kb.markup import svg
from kb.pictures import containers

# Formats that browsers show, by ending; the others are looked at in order to say so.
_KINDS = ("PNG", "JPEG", "WEBP", "GIF", "SVG", "AVIF")
TYPES = {f".{kind.lower()}": kind for kind in _KINDS} | {".jpg": "JPEG"}
SUFFIXES = frozenset({*TYPES, ".bmp", ".tif", ".tiff", ".heic", ".ico"})
CACHE = ".cache/pictures.json"  # from the project's folder
PIXELS = 40_000_000  # a file of more is not decoded: a few bytes can claim gigabytes
ENOUGH = 16  # pictures for which starting processes pays
KEPT = 20_000  # cache entries
HIDDEN = "colours under its transparent pixels"
VERSION = f"3 {PIL.__version__}"  # of what is kept: another reader may say something else


class File(NamedTuple):
    """A picture on disk: its size in pixels, or why it cannot be decoded, and what it holds."""

    width: int
    height: int
    error: str = ""
    kind: str = ""  # the type by content: PNG, JPEG, …
    frames: int = 1
    mode: str = ""  # Pillow's name of the colours: RGB, P, CMYK
    weight: int = 0  # bytes
    digest: str = ""
    traces: tuple[str, ...] = ()  # what it tells besides its pixels
    active: tuple[str, ...] = ()  # what it would do or fetch
    codes: tuple[str, ...] = ()  # what the QR codes in it hold


def probe(data: bytes) -> File:
    """Look at a picture's bytes. Nothing is raised: what is wrong is the `error`."""
    base = File(0, 0, weight=len(data), digest=hashlib.sha256(data).hexdigest())
    if not data:
        return base._replace(error="is empty (0 bytes)")
    if svg.is_xml(data):
        drawn = svg.read(data)
        inner = [probe(held) for held in drawn.pictures]
        found = (each for file in inner for each in (*file.traces, *file.active, file.error))
        told = (f"a picture in it: {each}" for each in found if each)
        width, height = drawn.size
        return base._replace(
            width=width, height=height, error=drawn.error, kind="SVG",
            traces=_once([*drawn.traces, *told]), active=_once(drawn.active),
            codes=_once(code for file in inner for code in file.codes),
        )  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decode(data, base)
    except Image.DecompressionBombError:
        return base._replace(error="claims too many pixels to be decoded")
    except UnidentifiedImageError:
        return base._replace(error="cannot be decoded: its content is no picture")
    except ImportError:  # a library that is not here is no fault of the picture
        raise
    except Exception as error:  # a decoder fed with anything may raise anything
        return base._replace(error=f"cannot be decoded: {error or type(error).__name__}")


def _decode(data: bytes, base: File) -> File:
    with Image.open(io.BytesIO(data)) as image:
        kind = "JPEG" if image.format == "MPO" else image.format or ""
        width, height = image.size
        known = base._replace(width=width, height=height, kind=kind, mode=image.mode)
        if width * height > PIXELS:
            return known._replace(error=f"claims {width}×{height} pixels, too many to be decoded")
        extras = containers.walk(data, kind)
        if extras is None:
            return known._replace(error="is cut off: its end mark is missing")
        known = known._replace(frames=1 if kind == "JPEG" else getattr(image, "n_frames", 1))
        if known.frames * width * height > PIXELS:
            return known._replace(error=f"has {known.frames} frames, too many to be decoded")
        if kind == "JPEG":
            _decode_jpeg(data)
        hidden, codes = False, []
        for frame in range(known.frames):
            image.seek(frame)
            hidden = hidden or hides_colours(image)
            codes += read_codes(image)
        told = [extra.told for extra in extras] + [HIDDEN] * hidden
        return known._replace(traces=_once(told), codes=_once(codes))


def _once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def _decode_jpeg(data: bytes) -> None:
    """Decode a JPEG strictly, where Pillow shows grey: ValueError says what is missing."""
    import simplejpeg  # type: ignore[import-untyped]  # brings numpy, which costs a tenth of a second

    print_colours = simplejpeg.decode_jpeg_header(data)[2] in ("CMYK", "YCCK")
    simplejpeg.decode_jpeg(data, "CMYK" if print_colours else "Gray", min_factor=8, strict=True)


def hides_colours(image: Image.Image) -> bool:
    """Whether the pixels of the frame that nobody can see are of several colours."""
    if not image.has_transparency_data:
        image.load()
        return False
    clear = image.convert("RGBA")
    unseen = clear.getchannel("A").point(lambda alpha: 255 * (alpha == 0))
    counts = clear.histogram(unseen)
    return any(sum(map(bool, counts[band : band + 256])) > 1 for band in (0, 256, 512))


def read_codes(image: Image.Image, kinds: str = "QRCode") -> list[str]:
    """What the codes in a picture hold; `kinds` are names of zxing-cpp, each costs its time."""
    import zxingcpp  # costs 60 ms, and what is known already is not read again

    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    formats = zxingcpp.barcode_formats_from_str(kinds)
    found = zxingcpp.read_barcodes(image.convert("L"), formats=formats, try_downscale=False)
    return [" ".join(code.text.split()) for code in found if code.text]


def read(paths: Mapping[str, Path], cache: Path | None = None) -> dict[str, File]:
    """Probe files, on all cores, but those whose bytes the cache knows."""
    data = {name: path.read_bytes() for name, path in paths.items()}
    known = _load(cache) if cache else {}
    digests = {name: hashlib.sha256(held).hexdigest() for name, held in data.items()}
    new = {digests[name]: held for name, held in data.items() if digests[name] not in known}
    for part in pool.spread(lambda part: [*map(probe, part)], list(new.values()), ENOUGH):
        known |= {file.digest: file for file in part}
    if new and cache:
        kept = {"version": VERSION, "files": list(known.values())[-KEPT:]}
        files.remember(cache, json.dumps(kept, ensure_ascii=False).encode())
    return {name: known[digest] for name, digest in digests.items()}


def _load(cache: Path) -> dict[str, File]:
    held = json.loads(files.recall(cache) or "{}")
    rows = held["files"] if held.get("version") == VERSION else ()
    return {row[7]: File._make([*row[:8], *map(tuple, row[8:])]) for row in rows}
