"""The containers of PNG, JPEG, WebP and GIF: is the file whole, and what rides along in it."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image

# Chunks that only say how to show the pixels.
_PNG_PLAIN = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB sBIT bKGD hIST pHYs sPLT acTL fcTL fdAT cICP "
    b"mDCV cLLI".split()
)
_COMMON_PROFILES = re.compile(
    r"sRGB[\w .-]*|Display P3|Adobe RGB \(1998\)|ProPhoto RGB|Generic [\w .]*Profile|Dot Gain \d+%"
    r"|Gray Gamma [\d.]+|c2|Rec\.? ?709[\w .-]*"
)
_EXIF_WORDS = {
    0x010F: "camera maker", 0x0110: "camera model", 0x013B: "artist", 0x8298: "copyright",
    0x0131: "software", 0x0132: "date", 0x013C: "computer", 0x010E: "description",
    0x9C9D: "author", 0x9C9C: "comment",
}  # fmt: skip
_GPS, _INNER = 0x8825, 0x8769
PROFILE = "colour profile"


class Held(NamedTuple):
    """Whether the end mark of a picture file is there, and what it tells besides its pixels."""

    complete: bool
    traces: tuple[str, ...] = ()


class Part(NamedTuple):
    """A stretch of a file that can be taken out, and what it tells; the last one is its end."""

    start: int
    end: int
    trace: str = ""
    last: bool = False


def read(data: bytes, kind: str) -> Held:
    """Walk the container of a picture; a kind without a walker counts as whole and silent."""
    held = parts(data, kind)
    if held is None:
        return Held(True)
    if not held or not held[-1].last or held[-1].end > len(data):
        return Held(False)
    traces = [part.trace for part in held if part.trace]
    if rest := data[held[-1].end :].strip(b"\0"):
        traces.append(f"{len(rest)} bytes behind its end{_guess(rest)}")
    return Held(True, tuple(dict.fromkeys(traces)))


def parts(data: bytes, kind: str) -> list[Part] | None:
    """The parts of a picture file, in order; None for a kind that is not walked."""
    walker = {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp, "GIF": _gif}.get(kind)
    return list(walker(data)) if walker else None


def _guess(data: bytes) -> str:
    marks = {b"\x89PNG": "a PNG", b"\xff\xd8\xff": "a JPEG", b"PK": "an archive", b"RIFF": "a RIFF"}
    return next((f" ({name})" for mark, name in marks.items() if data.startswith(mark)), "")


Walk = Iterator[Part]


def _png(data: bytes) -> Walk:
    at = 8
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        start, at = at, at + 12 + size
        if name == b"IEND":
            yield Part(at, at, last=True)
            return
        trace = ""
        if name in (b"tEXt", b"zTXt", b"iTXt"):
            trace = _png_text(name, body)
        elif name == b"eXIf":
            trace = _exif(body)
        elif name == b"iCCP":
            trace = _profile(_inflate(body.partition(b"\0")[2][1:]))
        elif name == b"tIME":
            trace = "the time of its last change"
        elif name not in _PNG_PLAIN:
            trace = f"chunk '{name.decode('latin-1')}'"
        yield Part(start, at, trace)


def _png_text(name: bytes, body: bytes) -> str:
    key, _, value = body.partition(b"\0")
    word = key.decode("latin-1")
    if b"XMP" in key or b"xmpmeta" in value:
        return "XMP"
    if word.startswith("Raw profile type"):
        return f"profile '{word[17:]}' as text"
    shown = value.decode("latin-1", "replace")[:24].strip("\0 ") if name == b"tEXt" else ""
    return f"text '{word}'" + (f" ({shown})" if shown else "")


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, 1 << 20)  # enough of any profile
    except zlib.error:
        return b""


def _jpeg(data: bytes) -> Walk:
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return
        mark = data[at + 1]
        if mark == 0xFF:  # padding
            at += 1
            continue
        if mark == 0xD9:
            break
        (size,) = struct.unpack_from(">H", data, at + 2)
        body = data[at + 4 : at + 2 + size]
        yield Part(at, at + 2 + size, _jpeg_segment(mark, body))
        at += 2 + size
        if mark == 0xDA:  # the pixels: up to the next mark that is no restart and no stuffing
            match = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]").search(data, at)
            if match is None:
                return
            at = match.start()
    if data[at : at + 2] == b"\xff\xd9":
        yield Part(at + 2, at + 2, last=True)


def _jpeg_segment(mark: int, body: bytes) -> str:
    if mark == 0xFE:
        return f"comment '{body[:24].decode('latin-1').strip(chr(0))}'"
    if not 0xE0 <= mark <= 0xEF or body.startswith((b"JFIF", b"Adobe")):
        return ""
    if body.startswith(b"JFXX"):
        return "a thumbnail"
    if body.startswith(b"Exif\0"):
        return _exif(body[6:])
    if body.startswith(b"http://ns.adobe.com/x"):
        return "XMP"
    if body.startswith(b"Photoshop"):
        return "IPTC"
    if body.startswith(b"ICC_PROFILE\0"):
        return _profile(body[14:])
    if body.startswith(b"MPF\0"):
        return "further pictures (MPF)"
    return f"segment APP{mark - 0xE0}"


def _webp(data: bytes) -> Walk:
    (size,) = struct.unpack_from("<I", data, 4)
    end, at = 8 + size, 12
    while at + 8 <= min(end, len(data)):
        name = data[at : at + 4]
        (length,) = struct.unpack_from("<I", data, at + 4)
        body = data[at + 8 : at + 8 + length]
        start, at = at, at + 8 + length + length % 2
        trace = ""
        if name == b"EXIF":
            trace = _exif(body.removeprefix(b"Exif\0\0"))
        elif name == b"XMP ":
            trace = "XMP"
        elif name == b"ICCP":
            trace = _profile(body)
        yield Part(start, at, trace)
    yield Part(end, end, last=True)


def _gif(data: bytes) -> Walk:
    flags = data[10] if len(data) > 10 else 0
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while at < len(data):
        mark = data[at]
        if mark == 0x3B:
            yield Part(at + 1, at + 1, last=True)
            return
        start, trace = at, ""
        if mark == 0x21:
            label, body = data[at + 1 : at + 2], data[at + 3 : at + 14]
            if label == b"\xfe":
                trace = "a comment"
            elif label == b"\xff" and body[:8] not in (b"NETSCAPE", b"ANIMEXTS"):
                trace = "XMP" if body.startswith(b"XMP") else "data of a program"
            at += 2
        elif mark == 0x2C and at + 9 < len(data):
            local = data[at + 9]
            at += 10 + (3 << (local & 7) + 1 if local & 0x80 else 0) + 1
        else:
            return
        while at < len(data) and data[at]:  # sub-blocks
            at += data[at] + 1
        at += 1
        yield Part(start, at, trace)


def _exif(body: bytes) -> str:
    """What EXIF tells; how to turn the picture is no trace."""
    exif = Image.Exif()
    try:
        exif.load(body)
        inner = exif.get_ifd(_INNER)
        found = ["GPS position"] if exif.get_ifd(_GPS) else []
        found += [word for tag, word in _EXIF_WORDS.items() if exif.get(tag)]
        found += ["thumbnail"] if _second_directory(body) else []
        if set(inner) - {0xA001, 0xA002, 0xA003, 0x9000, 0x9101, 0xA000}:  # colours and sizes
            found.append("circumstances of the shot")
    except Exception:  # Pillow has no one error for a broken block
        return "EXIF that cannot be read"
    return f"EXIF: {', '.join(found)}" if found else ""


def _second_directory(tiff: bytes) -> bool:
    """Whether a second directory follows the first: it holds the thumbnail."""
    order = "<" if tiff.startswith(b"II") else ">"
    (first,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, first)
    end = first + 2 + 12 * count
    return struct.unpack_from(f"{order}I", tiff.ljust(end + 4, b"\0"), end) != (0,)


def _profile(profile: bytes) -> str:
    """The name of a colour profile that is not one of the common ones: screens bear names."""
    padded = profile.ljust(132 + 1200, b"\0")
    for index in range(min(int.from_bytes(padded[128:132], "big"), 100)):
        tag, at, size = struct.unpack_from(">4sII", padded, 132 + 12 * index)
        if tag == b"desc":
            name = _profile_name(profile[at : at + size])
            return "" if not name or _COMMON_PROFILES.fullmatch(name) else f"{PROFILE} '{name}'"
    return ""


def _profile_name(block: bytes) -> str:
    if block[:4] == b"mluc":  # version 4: UTF-16 in several languages, the first one's place first
        length, start = struct.unpack_from(">II", block.ljust(28, b"\0"), 20)
        return block[start : start + length].decode("utf-16-be", "ignore").strip("\0 ")
    return block[12:].split(b"\0")[0].decode("latin-1").strip()
