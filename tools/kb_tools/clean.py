"""A picture's bytes -> the same picture without what it tells besides its pixels, packed tighter.

Each step is kept only if no pixel changes by it; colours that a profile bends are turned into sRGB,
and then no pixel may be off by more than one level.
"""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import NamedTuple
from xml.etree import ElementTree

from PIL import Image, ImageChops, ImageCms, ImageOps

from kb.markup import svg
from kb.markup.judge import judge, profile
from kb.pictures import containers, probe

GAIN = 1_000  # bytes that make packing tighter worth a change of the file
_ORIENTATION = 0x0112  # of EXIF: how to turn the picture
_XLINK = "http://www.w3.org/1999/xlink"
# As near to the pixels as each kind can be written.
_SAVED: dict[str, dict[str, object]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 100, "keep_rgb": True},
    "WEBP": {"lossless": True, "quality": 100},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
}


class Cleaned(NamedTuple):
    """A picture's new bytes, what was taken out, and what is left to a person: (rule, words)."""

    data: bytes
    gone: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = ()


def clean(data: bytes) -> Cleaned:
    """Take out of a picture all that is not seen, and look at what came of it."""
    before = after = probe.probe(data)
    if not before.error:
        for step in (stripped, repainted, packed):
            if (better := step(data, after)) != data and not (seen := probe.probe(better)).error:
                data, after = better, seen
    left = [("image-private", told) for told in after.traces]
    left += [("image-active", told) for told in after.active]
    left += [("image-undecodable", after.error)] if after.error else []
    gone = tuple(told for told in before.traces if told not in after.traces)
    return Cleaned(data, gone, tuple(left))


# --- without a change of the pixels --------------------------------------------------------------


def stripped(data: bytes, file: probe.File, profile: bool = False) -> bytes:
    """The picture without what can be cut out, byte for byte the same otherwise.

    With `profile` that of its colours goes as well: its numbers are those of sRGB as they stand.
    """
    if file.kind == "SVG":
        return _bare_svg(data) if file.traces and not file.active else data
    kept, at = bytearray(), 0
    for extra in containers.walk(data, file.kind) or ():
        if extra.cut or (profile and extra.told.startswith(containers.PROFILE)):
            behind = extra.told.endswith(containers.BEHIND)
            part = data[extra.start : extra.end]
            kept += data[at : extra.start] + (b"" if behind else _remains(part, file.kind))
            at = extra.end
    better = bytes(kept + data[at:])
    better = _resized(better) if file.kind == "WEBP" else better
    return better if better != data and same_pixels(data, better) else data


def _remains(part: bytes, kind: str) -> bytes:
    """What stays of a part: how to turn the picture, how its colours are kept, or its place."""
    if kind == "AVIF":  # places are counted from the start of the file
        return (b"free" if part.startswith(b"colr") else b"").ljust(len(part), b"\0")
    if kind == "JPEG" and part[1] == 0xEE:
        return part[:2] + struct.pack(">H", 14) + part[4:16]
    if kind == "JPEG" and part[4:9] == b"JFIF\0":
        return part[:2] + struct.pack(">H", 16) + part[4:16] + b"\0\0"
    at = part.find(b"MM\0*") if b"MM\0*" in part[:24] else part.find(b"II*\0", 0, 24)
    exif = Image.Exif()
    try:
        exif.load(part[at:] if at >= 0 else b"")
    except Exception:  # Pillow has no one error for a broken block
        return b""
    turn = exif.get(_ORIENTATION, 1)
    if turn not in range(2, 9):
        return b""
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, turn, 0, 0)
    if kind == "JPEG":
        return b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff
    if kind == "WEBP":
        return b"EXIF" + struct.pack("<I", len(tiff)) + tiff
    crc = zlib.crc32(b"eXIf" + tiff)
    return struct.pack(">I", len(tiff)) + b"eXIf" + tiff + struct.pack(">I", crc)


def _resized(webp: bytes) -> bytes:
    """WebP with its size and flags set anew."""
    if webp[12:16] == b"VP8X":
        marks = {b"EXIF": 8, b"XMP ": 4, b"ICCP": 32}
        flags = webp[20] & ~44 | sum(mark for name, mark in marks.items() if name in webp[30:])
        webp = webp[:20] + bytes([flags]) + webp[21:]
    return webp[:4] + struct.pack("<I", len(webp) - 8) + webp[8:]


def packed(data: bytes, file: probe.File) -> bytes:
    """A PNG packed tighter, where that is worth it."""
    if file.kind != "PNG" or file.frames > 1 or file.error:
        return data
    try:
        import oxipng  # only where drawings are made
    except ImportError:
        return data
    better = oxipng.optimize_from_memory(data, level=3, strip=oxipng.StripChunks.none())
    return better if len(better) <= len(data) - GAIN and same_pixels(data, better) else data


def same_pixels(one: bytes, other: bytes) -> bool:
    """Whether two pictures look the same to the last pixel, each turned as it says."""
    if probe.probe(other).error:
        return False
    with Image.open(io.BytesIO(one)) as first, Image.open(io.BytesIO(other)) as second:
        frames = 1 if "MPO" in (first.format, second.format) else getattr(first, "n_frames", 1)
        if frames != getattr(second, "n_frames", 1):
            return False
        for index in range(frames):
            first.seek(index)
            second.seek(index)
            if not alike(upright(first), upright(second)):
                return False
    return True


def upright(image: Image.Image) -> Image.Image:
    """The picture turned as it says."""
    return ImageOps.exif_transpose(image)


def alike(one: Image.Image, other: Image.Image, levels: int = 0) -> bool:
    """Whether no pixel that is seen differs by more than this; those unseen have no colour."""
    if one.size != other.size:
        return False
    pair = [image.convert("RGBA") for image in (one, other)]
    for image in pair:
        unseen = image.getchannel("A").point(lambda alpha: 255 * (alpha == 0))
        image.paste((0, 0, 0, 0), mask=unseen)
    apart = ImageChops.difference(*pair).histogram()
    return not any(any(apart[band + levels + 1 : band + 256]) for band in range(0, 1024, 256))


# --- with the pixels written anew ----------------------------------------------------------------


def repainted(data: bytes, file: probe.File) -> bytes:
    """The picture written anew in sRGB, where what it tells stands among its pixels.

    One of several frames, or of more than 8 bits a channel, is left as it is.
    """
    deep = file.kind == "PNG" and data[24] == 16
    if not file.traces or file.kind not in _SAVED or file.frames > 1 or deep:
        return data
    with Image.open(io.BytesIO(data)) as image:
        turned = upright(image)
        seen = in_srgb(turned, image.info.get("icc_profile", b""))
    if alike(turned, seen, levels=1):  # the profile was but a name
        bare = stripped(data, file, profile=True)
        if bare != data and not probe.probe(bare).traces:
            return bare
    out = io.BytesIO()
    if seen.mode == "RGBA":
        seen.paste((0, 0, 0, 0), mask=seen.getchannel("A").point(lambda alpha: 255 * (alpha == 0)))
    seen.save(out, file.kind, **_SAVED[file.kind])
    with Image.open(out) as made:
        exact = file.kind in ("PNG", "WEBP")
        return out.getvalue() if alike(made, seen, levels=0 if exact else 1) else data


def in_srgb(image: Image.Image, held: bytes) -> Image.Image:
    """A picture in RGB or RGBA, its colours turned from those of a profile into those of sRGB."""
    clear = image.has_transparency_data
    plain = image.convert("RGBA" if clear else "RGB")
    if held:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(held))
            mode = {"GRAY": "L", "CMYK": "CMYK"}.get(source.profile.xcolor_space.strip(), "RGB")
            turned = ImageCms.profileToProfile(
                image.convert(mode), source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):  # browsers pass over a broken one, too
            return plain
        if turned and clear:
            turned.putalpha(plain.getchannel("A"))
        return turned or plain
    return plain


# --- SVG -----------------------------------------------------------------------------------------


def _bare_svg(data: bytes) -> bytes:
    """SVG without comments, instructions, metadata and what other programs keep in it."""
    try:
        root, space = ElementTree.fromstring(data), f"{{{svg.SPACE}}}"
    except ElementTree.ParseError:  # entities of a declaration that nobody fetches
        return data
    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{space}metadata" or not child.tag.startswith(space):
                parent.remove(child)
        name = parent.tag.removeprefix(space)
        for key, value in list(parent.attrib.items()):
            of, _, short = key.rpartition("}")
            known = not list(judge(name, [(short, value)], profile("svg")))
            if of not in ("", f"{{{_XLINK}", "{http://www.w3.org/XML/1998/namespace") or not known:
                del parent.attrib[key]
            elif short == "href" and (held := svg.embedded(value)) is not None:
                kind = value.partition(";")[0].partition(",")[0]
                shown = base64.b64encode(clean(held).data).decode()
                parent.attrib[key] = f"{kind};base64,{shown}"
    ElementTree.register_namespace("", svg.SPACE)
    ElementTree.register_namespace("xlink", _XLINK)
    try:
        return ElementTree.tostring(root)
    except RecursionError:  # a thousand groups in one another
        return data
