"""The containers of PNG, JPEG, WebP, GIF and AVIF: is a file whole, and what rides along in it.

allowed.yml lists what may stand in one. What it does not know is told, and so is a kind of file
that nobody walks: what is not read does not count as clean.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from PIL import ExifTags, Image

from kb.data import beside

PROFILE, BEHIND = "colour profile", "behind its end"
_ALLOWED = beside(__file__, "allowed.yml")
_TAGS = {**ExifTags.TAGS, **{tag.value: tag.name for tag in ExifTags.IFD}}
_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # none that restarts, stuffs or fills
_MARKS = {b"\x89PNG": "a PNG", b"\xff\xd8\xff": "a JPEG", b"PK": "an archive"}
_ITEMS = 2_000  # of an AVIF: those of a grid; more are not walked
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
           (0, 1, 1, 2))  # fmt: skip


class Extra(NamedTuple):
    """A stretch of a file that tells more than pixels, and whether it can simply be cut out."""

    start: int
    end: int
    told: str
    cut: bool = True


_Walk = Iterator[Extra]  # the last one tells nothing: there the file ends


def walk(data: bytes, kind: str) -> list[Extra] | None:
    """All that a picture carries besides its pixels, in order; None when its end is not there."""
    walker = {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp, "GIF": _gif, "AVIF": _avif}.get(kind)
    if walker is None:
        return [Extra(0, 0, f"whatever a {kind} may hold: it is not read", cut=False)]
    try:
        *found, (_, end, *_) = walker(data)
    except (struct.error, ValueError, IndexError, KeyError, zlib.error):
        return None
    if end > len(data):
        return None
    if rest := data[end:].strip(b"\0"):
        what = next((name for mark, name in _MARKS.items() if rest.startswith(mark)), "data")
        found.append(Extra(end, len(data), f"{what} of {len(rest):,} bytes {BEHIND}"))
    return sorted(extra for extra in found if extra.told)


def _known(kind: str, name: str | int, body: bytes | bytearray, size: int) -> bool:
    """Whether a part of that name, or that begins as its name says, is one of the list's."""
    allowed = _ALLOWED[kind]
    if name not in allowed and isinstance(name, int):
        name = f"0x{name:X} {body[:11].split(bytes(1))[0].decode('latin-1')}"
    return bool(size <= allowed.get(name, -1))


def _png(data: bytes) -> _Walk:
    at, name, stored, animated = 8, "", bytearray(), b"acTL" in data[:256]
    first = Extra(0, 0, "")
    while name != "IEND":
        (size,) = struct.unpack_from(">I", data, at)
        name, body = data[at + 4 : at + 8].decode("latin-1"), data[at + 8 : at + 8 + size]
        start, at = at, at + 12 + size
        if name == "IDAT":
            stored += body
            first = first if first.end else Extra(start, at, "", cut=False)
        elif name == "iCCP":
            packed = body.partition(b"\0")[2][1:]
            yield Extra(start, at, profile(zlib.decompressobj().decompress(packed, 1 << 22)), False)
        elif name == "eXIf":
            yield Extra(start, at, exif(body))
        elif not _known("PNG", name, body, size) or (name == "fdAT" and not animated):
            key, _, value = body.partition(b"\0")
            shown = value[:24].decode("latin-1").strip("\0 ") if name == "tEXt" else ""
            text = f"text '{key[:24].decode('latin-1')}'" + (f" ({shown})" if shown else "")
            yield Extra(start, at, text if name[1:] in ("EXt", "TXt") else f"chunk '{name}'")
    if more := _behind_rows(data, stored):
        yield first._replace(told=f"{more} bytes behind its last row")
    yield Extra(at, at, "")


def _behind_rows(png: bytes, stored: bytearray) -> int:
    """How many bytes of the image data of a PNG no row needs, or stand behind its stream."""
    width, height, depth, colour, _, _, laced = struct.unpack_from(">IIBBBBB", png, 16)
    bits, need = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour], 0
    for left, top, across, down in _PASSES if laced else ((0, 0, 1, 1),):
        wide, high = -((left - width) // across), -((top - height) // down)
        need += high * ((wide * bits + 7) // 8 + 1) if wide > 0 and high > 0 else 0
    stream = zlib.decompressobj()
    stream.decompress(stored, need)
    return len(stream.decompress(stream.unconsumed_tail, 1)) + len(stream.unused_data)


def _jpeg(data: bytes) -> _Walk:
    at, held, pieces = 2, bytearray(), []
    while data[at : at + 2] != b"\xff\xd9":
        mark, (size,) = data[at + 1], struct.unpack_from(">H", data, at + 2)
        if data[at] != 0xFF:
            raise ValueError
        if mark == 0xFF:  # padding
            at += 1
            continue
        start, body, at = at, data[at + 4 : at + 2 + size], at + 2 + size
        name = body[:24].split(b"\0")[0].decode("latin-1")
        if mark == 0xE2 and name == "ICC_PROFILE":
            held += body[14:]
            pieces.append(Extra(start, at, "", cut=False))
        elif mark == 0xE1 and name == "Exif":
            yield Extra(start, at, exif(body[6:]))
        elif not _known("JPEG", mark, body, size - 2):
            what = "comment" if mark == 0xFE else f"segment APP{mark - 0xE0}"
            yield Extra(start, at, f"{what} '{name}'")
        if mark == 0xDA:
            match = _MARK.search(data, at)
            at = match.start() if match else len(data)
    told = profile(bytes(held))
    yield from (piece._replace(told=told) for piece in pieces)
    yield Extra(at, at + 2, "")


def _webp(data: bytes) -> _Walk:
    at, end = 12, 8 + int(struct.unpack_from("<I", data, 4)[0])
    while at + 8 <= min(end, len(data)):
        name, (size,) = data[at : at + 4].decode("latin-1"), struct.unpack_from("<I", data, at + 4)
        start, body, at = at, data[at + 8 : at + 8 + size], at + 8 + size + size % 2
        if name == "ANMF":  # a frame: its parts come next
            at = start + 24
        elif name == "ICCP":
            yield Extra(start, at, profile(body), cut=False)
        elif name == "EXIF":
            yield Extra(start, at, exif(body.removeprefix(b"Exif\0\0")))
        elif not _known("WEBP", name, body, size):
            yield Extra(start, at, f"chunk '{name.strip()}'")
    if at < end:
        yield Extra(at, end, f"{end - at} bytes of no chunk")
    yield Extra(end, end, "")


def _gif(data: bytes) -> _Walk:
    at = 13 + _gif_table(data[10])
    while data[at] != 0x3B:
        start, mark, label, body = at, data[at], data[at + 1], bytearray()
        if mark not in b"\x21\x2c":
            raise ValueError
        at += 2 if mark == 0x21 else 11 + _gif_table(data[at + 9])
        while data[at]:  # sub-blocks
            body += data[at + 1 : at + 1 + data[at]]
            at += 1 + data[at]
        at += 1
        if mark == 0x21 and not _known("GIF", label, body, len(body)):
            name = body[:11].decode("latin-1")
            yield Extra(start, at, "comment" if label == 0xFE else f"data of '{name}'")
    yield Extra(at, at + 1, "")


def _gif_table(flags: int) -> int:
    """The bytes of a table of colours, if one follows."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _avif(data: bytes) -> _Walk:
    """Boxes in boxes. What is told can be filled with zeros: nothing in the file may move."""
    todo, behind, kinds = [(0, len(data))], len(data), {}
    told: list[Extra] = []
    stored: list[tuple[int, int]] = []
    spans: list[tuple[int, int, bytes]] = []
    while todo:
        at, end = todo.pop()
        while at < end:
            size, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8].decode("latin-1")
            if end == len(data) and stored and not 8 <= size <= end - at:
                behind = at
                break
            start, at = at + 8, at + size
            body = data[start:at]
            if size < 8 or at > end:
                raise ValueError
            if name in _ALLOWED["AVIF inside"]:
                todo.append((start + _ALLOWED["AVIF inside"][name], at))
            elif name == "mdat":
                stored.append((start, at))
            elif name == "infe":
                kinds[body[4:6]] = body[8:12].decode("latin-1")
                if body[8:].rstrip(b"\0").decode("latin-1") not in _ALLOWED["AVIF items"]:
                    told.append(Extra(start + 8, at, f"item '{kinds[body[4:6]]}'"))
            elif name == "iloc":
                if body[:6] != b"\0\0\0\0\x44\0":  # as encoders write it: one place an item
                    raise ValueError
                places = struct.iter_unpack(">2sHHII", body[8:])
                spans += ((start, start + size, item) for item, _, _, start, size in places)
            elif name == "colr" and body[:4] in (b"prof", b"rICC"):
                yield Extra(start - 4, at, profile(body[4:]), cut=False)
            elif not _known("AVIF", name, body, len(body)):
                told.append(Extra(start, at, f"box '{name}'"))
    if len(spans) + len(stored) > _ITEMS:
        raise ValueError
    for start, end, item in spans:
        if kinds.get(item) not in ("av01", "grid"):
            told.append(Extra(start, end, f"item '{kinds.get(item)}'"))
    for start, end in stored:
        for first, last, _ in [*sorted(spans), (end, end, b"")]:
            told.append(Extra(start, min(first, end), "bytes of no item"))
            start = max(start, min(last, end))
    yield from (extra for extra in told if data[extra.start : extra.end].strip(b"\0"))
    yield Extra(behind, behind, "")


def exif(tiff: bytes) -> str:
    """What EXIF tells besides how the pixels lie; "" for nothing."""
    held = Image.Exif()
    try:
        held.load(tiff)
        plain = len(held.tobytes())  # with six bytes before it
        named = {_TAGS.get(tag, f"tag 0x{tag:04x}") for tag in [*held, *held.get_ifd(0x8769)]}
        told = sorted(named.difference(_ALLOWED["EXIF"]))
        if not told and len(tiff) > plain:  # a thumbnail, or what belongs to no tag
            told = ["more than its tags"]
    except Exception:  # Pillow has no one error for a broken block
        told = ["what cannot be read"]
    return f"EXIF: {', '.join(told)}" if told else ""


def profile(data: bytes) -> str:
    """The name of a colour profile that says more than one which everybody has: screens do."""
    name, quiet, spans = "", True, set()
    for index in range(min(int.from_bytes(data[128:132]), 100)):
        tag, at, size = struct.unpack_from(">4sII", data, 132 + 12 * index)
        block, kind = data[at : at + size], data[at : at + 4].decode("latin-1")
        spans.add((at, size))
        if kind not in _ALLOWED["profile numbers"]:
            texts = _profile_texts(block, kind)
            quiet = quiet and all(text in _ALLOWED["profile texts"] for text in texts)
            name = texts[0] if tag == b"desc" else name
    held = 132 + sum(16 + size for _, size in spans)  # and what rounds each up to four bytes
    return "" if quiet and spans and len(data) <= held + 64 else f"{PROFILE} '{name}'"


def _profile_texts(block: bytes, kind: str) -> list[str]:
    if kind == "mluc":  # UTF-16 in several languages
        places = struct.iter_unpack(">4sII", block[16 : 16 + 12 * int.from_bytes(block[8:12])])
        texts = [block[at : at + size].decode("utf-16-be", "replace") for _, size, at in places]
    else:
        start = {"desc": 12, "text": 8}.get(kind, 0)
        texts = [block[start:].split(b"\0")[0].decode("latin-1")]
    return [text.strip("\0 ") for text in texts]
