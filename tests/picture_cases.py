"""Writes the small projects of the picture tests: text, pictures, and pictures that are wrong."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo


def write(folder: Path, files: dict[str, Any]) -> None:
    """Lay out a case: text, `[w, h]` for a picture, a mapping for a special one (see `special`)."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            path.write_bytes(special(name, {"size": content}, folder))
        elif isinstance(content, dict):
            path.write_bytes(special(name, content, folder))
        else:
            path.write_text(content, "utf-8")


def special(name: str, spec: dict[str, Any], folder: Path) -> bytes:
    """The bytes of a picture, each of its own colour.

    broken: bytes as text · copy: the bytes of another file · size, type, mode · frames ·
    weigh: bytes · text, exif, gps, xmp, comment, thumbnail, profile · claims: [w, h] ·
    cut, append: at the end
    """
    if "broken" in spec:
        return str(spec["broken"]).encode()
    if "copy" in spec:
        return (folder / spec["copy"]).read_bytes()
    kinds = {"jpg": "JPEG", "webp": "WEBP", "gif": "GIF"}
    kind = spec.get("type") or kinds.get(name.rpartition(".")[2], "PNG")
    colour = zlib.crc32(name.encode())
    shade = (colour & 255, colour >> 8 & 255, colour >> 16 & 255)
    image = Image.new("RGB", tuple(spec["size"]), shade).convert(spec.get("mode", "RGB"))
    options: dict[str, Any] = {}
    if frames := spec.get("frames"):
        more = [image.point(lambda v, by=n: v ^ 60 * by) for n in range(1, frames)]
        options |= {"save_all": True, "append_images": more}
    if texts := spec.get("text"):
        info = PngInfo()
        for key, value in texts.items():
            info.add_text(key, value)
        options["pnginfo"] = info
    if "exif" in spec or "gps" in spec or "thumbnail" in spec:
        options["exif"] = _exif(spec)
    for name in ("xmp", "comment"):
        if name in spec:
            options[name] = spec[name].encode()
    if "profile" in spec:
        options["icc_profile"] = profile(spec["profile"])
    data = io.BytesIO()
    image.save(data, kind, **options)
    whole = data.getvalue()
    if weight := spec.get("weigh"):  # a chunk that only says how to show the pixels, 12 bytes more
        whole = _with_chunk(whole, b"sPLT", bytes(weight - len(whole) - 12))
    if claimed := spec.get("claims"):  # a header that promises more than there is
        whole = (
            whole[:8] + _chunk(b"IHDR", struct.pack(">II", *claimed) + whole[24:29]) + whole[33:]
        )
    whole = whole[: len(whole) - spec.get("cut", 0)]
    return whole + str(spec.get("append", "")).encode()


def _exif(spec: dict[str, Any]) -> bytes:
    if spec.get("thumbnail"):  # two directories, the second one's picture behind them
        first = struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, 1, 0, 26)
        second = struct.pack(">HHHIIHHIII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, 4, 0)
        return b"Exif\0\0MM\0*" + struct.pack(">I", 8) + first + second + b"\xff\xd8\xff\xd9"
    exif = Image.Exif()
    for tag, value in spec.get("exif", {}).items():
        exif[tag] = value
    if spec.get("gps"):
        exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 54.0, 0.0)})
    return exif.tobytes()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _with_chunk(png: bytes, name: bytes, body: bytes) -> bytes:
    """A PNG with a further chunk before its end."""
    return png[:-12] + _chunk(name, body) + png[-12:]


def profile(name: str) -> bytes:
    """A colour profile that bears a name and nothing else."""
    text = name.encode("ascii") + b"\0"
    desc = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text
    table = struct.pack(">I4sII", 1, b"desc", 144, len(desc))
    return bytes(128) + table + desc
