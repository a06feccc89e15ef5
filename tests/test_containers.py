"""What rides along in a picture file: told in every container, taken out, and no pixel changed."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from golden import special
from kb.pictures import containers, probe
from kb_tools import clean

Plant = Callable[[], bytes]


def picture(mode: str = "RGB") -> Image.Image:
    """A small screen with edges, so that a wrong colour or row would show."""
    image = Image.new(mode, (60, 40), (250, 248, 240, 255)[: len(mode)])
    pen = ImageDraw.Draw(image)
    pen.rectangle((6, 5, 30, 20), fill=(200, 30, 40, 255)[: len(mode)])
    pen.line((0, 39, 59, 12), fill=(20, 90, 200, 255)[: len(mode)], width=3)
    return image


def saved(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    (image or picture()).save(out, kind, **options)
    return out.getvalue()


def exif(*tags: tuple[int, Any]) -> bytes:
    held = Image.Exif()
    for tag, value in tags:
        held[tag] = value
    return held.tobytes()


def profile(name: str) -> bytes:
    """The profile of sRGB by another name of the same length."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    old = "sRGB built-in".encode("utf-16-be")
    assert old in made
    return made.replace(old, name.ljust(13)[:13].encode("utf-16-be"))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_part(name: bytes, body: bytes) -> bytes:
    data = saved("PNG")
    crc = zlib.crc32(name + body)
    return (
        data[:33] + struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc) + data[33:]
    )


def png_rows(more: bytes, behind: bytes = b"", interlace: int = 0) -> bytes:
    """A PNG whose image data goes on behind its rows, or behind the end of its stream."""
    rows = (b"\0" + bytes(range(180))) * 40 + more
    head = struct.pack(">IIBBBBB", 60, 40, 8, 2, 0, 0, interlace)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows) + behind), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, body) for name, body in parts)


def jpeg_part(mark: int, body: bytes) -> bytes:
    """A JPEG that begins with a segment, in place of its own JFIF."""
    data = saved("JPEG", quality=90)
    return data[:2] + struct.pack(">BBH", 0xFF, mark, len(body) + 2) + body + data[20:]


def riff(data: bytes, more: bytes) -> bytes:
    whole = data + more
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


def avif_box(name: bytes, body: bytes) -> bytes:
    return saved("AVIF") + struct.pack(">I4s", len(body) + 8, name) + body


def hidden(kind: str, **options: Any) -> bytes:
    """Words under pixels that nobody can see."""
    image = picture("RGBA")
    clear = Image.new("RGBA", image.size, (0, 0, 0, 0))
    ImageDraw.Draw(clear).text((2, 2), "4539 5787", fill=(255, 255, 255, 0))
    image.paste(clear.crop((0, 0, 60, 20)), (0, 20))
    return saved(kind, image, **options)


def mpo() -> bytes:
    return saved("MPO", save_all=True, append_images=[picture().rotate(180)])


def bent() -> bytes:
    """The profile of a screen whose red and blue change places."""
    made = profile("Somebodys LG")
    at = {name: made.index(name) for name in (b"rXYZ", b"bXYZ")}
    red, blue = (made[at[name] + 4 : at[name] + 12] for name in (b"rXYZ", b"bXYZ"))
    made = made[: at[b"rXYZ"] + 4] + blue + made[at[b"rXYZ"] + 12 :]
    return made[: at[b"bXYZ"] + 4] + red + made[at[b"bXYZ"] + 12 :]


XMP = b"<x:xmpmeta><dc:creator>Zhang San</dc:creator></x:xmpmeta>"
NAMED = "colour profile 'Somebodys LG'"
# What is planted, how it is told, and whether `clean` takes it out.
PLANTED: dict[str, tuple[Plant, str]] = {
    "EXIF of a camera in AVIF": (lambda: saved("AVIF", exif=exif((271, "Maker"))), "item 'Exif'"),
    "XMP in AVIF": (lambda: saved("AVIF", xmp=XMP), "item 'mime'"),
    "a profile in AVIF": (lambda: saved("AVIF", icc_profile=profile("Somebodys LG")), NAMED),
    "a free box in AVIF": (lambda: avif_box(b"free", b"of nobody"), "box 'free'"),
    "an unknown box in AVIF": (lambda: avif_box(b"uuid", b"of nobody"), "box 'uuid'"),
    "a word behind AVIF": (lambda: saved("AVIF") + b"mine", "data of 4 bytes behind its end"),
    "data behind AVIF": (lambda: saved("AVIF") + b"of nobody", "data of 9 bytes behind its end"),
    "a title in EXIF": (lambda: saved("JPEG", exif=exif((0x9C9B, b"a\0"))), "EXIF: XPTitle"),
    "XMP in EXIF": (lambda: saved("JPEG", exif=exif((0x02BC, XMP))), "EXIF: XMLPacket"),
    "IPTC in EXIF": (lambda: saved("JPEG", exif=exif((0x83BB, b"\x1c\2"))), "EXIF: IPTCNAA"),
    "a tag that nobody knows": (
        lambda: saved("JPEG", exif=exif((0xEA99, "mine"))), "EXIF: tag 0xea99",
    ),
    "EXIF behind its tags": (
        lambda: saved("JPEG", exif=exif((274, 6)) + b"a second directory"),
        "EXIF: more than its tags",
    ),
    "a thumbnail of JFIF": (
        lambda: jpeg_part(0xE0, b"JFIF\0\1\1\0\0\1\0\1\4\4" + bytes(range(48))),
        "segment APP0 'JFIF'",
    ),
    "bytes in the segment of Adobe": (
        lambda: jpeg_part(0xEE, b"Adobe\0\x64\0\0\0\0\1of nobody"), "segment APP14 'Adobe'",
    ),
    "XMP in JPEG": (
        lambda: jpeg_part(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        "segment APP1 'http://ns.adobe.com/xap/'",
    ),
    "a further picture": (mpo, "segment APP2 'MPF'"),
    "a picture behind the end": (lambda: saved("JPEG") + saved("JPEG"), "a JPEG of "),
    "a comment": (lambda: saved("JPEG", comment=b"mine"), "comment 'mine'"),
    "bytes behind the stream of a PNG": (lambda: png_rows(b"", b"of nobody"), "9 bytes behind its"),
    "rows that no PNG has": (lambda: png_rows(b"\0" + bytes(180)), "1 bytes behind its last row"),
    "the name of a palette": (lambda: png_part(b"sPLT", b"Zhang San\0\x08"), "chunk 'sPLT'"),
    "an unknown chunk": (lambda: png_part(b"prVt", b"mine"), "chunk 'prVt'"),
    "a known chunk of another size": (lambda: png_part(b"gAMA", b"\0\0\0\0mine"), "chunk 'gAMA'"),
    "a text": (lambda: png_part(b"tEXt", b"Author\0Zhang San"), "text 'Author' (Zhang San)"),
    "a profile in PNG": (lambda: saved("PNG", icc_profile=profile("Somebodys LG")), NAMED),
    "a profile in JPEG": (lambda: saved("JPEG", icc_profile=profile("Somebodys LG")), NAMED),
    "a profile in WebP": (
        lambda: saved("WEBP", lossless=True, icc_profile=profile("Somebodys LG")), NAMED,
    ),
    "colours of another screen in PNG": (lambda: saved("PNG", icc_profile=bent()), NAMED),
    "colours of another screen in JPEG": (lambda: saved("JPEG", icc_profile=bent()), NAMED),
    "colours of another screen in WebP": (
        lambda: saved("WEBP", lossless=True, icc_profile=bent()), NAMED,
    ),
    "an unknown chunk of WebP": (
        lambda: riff(saved("WEBP"), b"SECR\4\0\0\0mine"), "chunk 'SECR'",
    ),
    "bytes of no chunk in WebP": (
        lambda: riff(saved("WEBP"), b"SECR\4\0\0\0mineprivate"), "7 bytes of no chunk",
    ),
    "data of a program in GIF": (
        lambda: saved("GIF")[:-1] + b"\x21\xff\x0bMYPROGRAM10\4mine\0;", "data of 'MYPROGRAM10'",
    ),
    "words under clear pixels": (lambda: hidden("PNG"), probe.HIDDEN),
    "words under clear pixels of WebP": (
        lambda: hidden("WEBP", lossless=True, exact=True), probe.HIDDEN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_told_and_taken_out(name: str) -> None:
    plant, told = PLANTED[name]
    data = plant()
    before = probe.probe(data)
    assert before.error == ""
    assert any(trace.startswith(told) for trace in before.traces), before.traces
    cleaned = clean.clean(data)
    assert cleaned.left == ()
    assert set(cleaned.gone) == set(before.traces)
    after = probe.probe(cleaned.data)
    assert (after.kind, after.traces, after.error) == (before.kind, (), "")
    assert seen(cleaned.data, data), "a pixel changed"
    assert clean.clean(cleaned.data).data == cleaned.data, "a second time there is nothing to do"


def seen(made: bytes, was: bytes) -> bool:
    """Whether the pixels are those that a browser showed: by the profile, within one level."""
    with Image.open(io.BytesIO(was)) as old, Image.open(io.BytesIO(made)) as new:
        wanted = clean.in_srgb(clean.upright(old), old.info.get("icc_profile", b""))
        bent = "icc_profile" in old.info
        return clean.alike(clean.upright(new), wanted, levels=1 if bent else 0)


QUIET: dict[str, Plant] = {
    "PNG": lambda: saved("PNG"),
    "PNG in passes": lambda: special("a.png", {"size": [60, 40]}, Path()),
    "JPEG": lambda: saved("JPEG"),
    "JPEG in scans": lambda: saved("JPEG", progressive=True),
    "JPEG in colours of print": lambda: saved("JPEG", picture().convert("CMYK")),
    "grey JPEG": lambda: saved("JPEG", picture().convert("L")),
    "JPEG with restarts": lambda: saved("JPEG", restart_marker_blocks=2),
    "WebP": lambda: saved("WEBP"),
    "clear WebP": lambda: saved("WEBP", picture("RGBA"), lossless=True),
    "GIF": lambda: saved("GIF"),
    "AVIF": lambda: saved("AVIF"),
    "clear AVIF": lambda: saved("AVIF", picture("RGBA")),
    "a picture that says how to turn it": lambda: saved("JPEG", exif=exif((274, 6))),
    "the resolution of a screen": lambda: saved("PNG", dpi=(144, 144)),
    "the profile of sRGB": lambda: saved("PNG", icc_profile=profile("sRGB built-in")),
    "clear pixels of one colour": lambda: saved("PNG", Image.new("RGBA", (9, 9), (7, 7, 7, 0))),
    "zeros behind the end": lambda: saved("PNG") + bytes(3),
}


@pytest.mark.parametrize("name", QUIET)
def test_what_only_shows_pixels_is_silent(name: str) -> None:
    data = QUIET[name]()
    file = probe.probe(data)
    assert (file.error, file.traces) == ("", ())
    with (
        Image.open(io.BytesIO(clean.clean(data).data)) as made,
        Image.open(io.BytesIO(data)) as old,
    ):
        assert clean.alike(made, old)


def test_a_text_about_the_metadata_is_kept_out_of_the_turn() -> None:
    for turn, kept in ((1, {}), (2, {274: 2}), (8, {274: 8}), (9, {})):
        for kind in ("JPEG", "PNG", "WEBP"):
            data = saved(kind, exif=exif((274, turn), (315, "Zhang San")))
            with Image.open(io.BytesIO(clean.clean(data).data)) as bare:
                assert dict(bare.getexif()) == kept, (kind, turn)


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM"])
def test_a_kind_that_nobody_walks_is_told_and_left_to_a_person(kind: str) -> None:
    data = saved(kind)
    told = f"whatever a {kind} may hold: it is not read"
    assert probe.probe(data).traces == (told,)
    assert clean.clean(data) == clean.Cleaned(data, (), (("image-private", told),))


def test_an_avif_of_another_layout_is_refused() -> None:
    data = saved("AVIF")
    at = data.index(b"iloc")
    assert probe.probe(data[: at + 8] + b"\x04" + data[at + 9 :]).error


def test_a_jpeg_with_missing_data_is_told_although_its_end_is_there() -> None:
    noise = Image.effect_noise((160, 120), 60)
    whole = saved("JPEG", noise, quality=80)
    at = len(whole) // 2
    for size, broken in ((0, False), (len(whole) // 3, True)):
        data = whole[:at] + bytes(size) + whole[at + size :]
        assert bool(probe.probe(data).error) is broken
    assert probe.probe(whole).error == ""


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_every_frame_is_decoded(kind: str) -> None:
    frames = [Image.effect_noise((60, 40), spread).convert("RGB") for spread in (20, 60, 90)]
    whole = saved(kind, frames[0], save_all=True, append_images=frames[1:])
    assert (probe.probe(whole).error, probe.probe(whole).frames) == ("", 3)
    names = {"PNG": b"fdAT", "WEBP": b"VP8 ", "GIF": b"\x2c"}
    at = whole.rindex(names[kind]) + (20 if kind == "PNG" else 9)
    assert probe.probe(whole[:at] + bytes(40) + whole[at + 40 :]).error


def test_frames_count_as_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [picture().rotate(turn) for turn in (0, 90, 180)]
    data = saved("GIF", frames[0], save_all=True, append_images=frames[1:])
    monkeypatch.setattr(probe, "PIXELS", 3 * 60 * 40)
    assert probe.probe(data).error == ""
    monkeypatch.setattr(probe, "PIXELS", 3 * 60 * 40 - 1)
    assert probe.probe(data).error == "has 3 frames, too many to be decoded"


def test_a_step_that_would_change_a_pixel_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    data = special("a.png", {"size": [40, 30], "text": {"Author": "Zhang San"}}, Path())
    other = special("b.png", {"size": [40, 30]}, Path())
    monkeypatch.setattr(clean, "_remains", lambda *_: other)
    assert clean.stripped(data, probe.probe(data)) == data


def test_a_deep_picture_is_not_made_shallow() -> None:
    deep = saved("PNG", Image.new("I;16", (8, 8), 4000), icc_profile=profile("Somebodys LG"))
    assert [rule for rule, _ in clean.clean(deep).left] == ["image-private"]
    assert clean.clean(deep).data[24] == 16


def test_a_loosely_packed_picture_is_packed_and_a_small_gain_leaves_it() -> None:
    loose = saved("PNG", Image.new("RGB", (400, 300), "white"), compress_level=0)
    better = clean.clean(loose).data
    assert len(better) < 1_000 < len(loose)
    assert clean.same_pixels(loose, better)
    small = special("a.png", {"size": [40, 30]}, Path())
    assert clean.clean(small).data == small


def test_a_profile_with_a_text_of_its_own_is_no_profile_that_everybody_has() -> None:
    quiet = profile("sRGB built-in")
    assert containers.profile(quiet) == ""
    assert containers.profile(quiet + b"of nobody" * 20)
    free = quiet.replace("No copyright".encode("utf-16-be"), "Zhang San 01".encode("utf-16-be"))
    assert free != quiet
    assert containers.profile(free)
    assert containers.profile(b"") == "colour profile ''"


def test_the_texts_of_png_are_named(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    assert probe.probe(saved("PNG", pnginfo=info)).traces == ("text 'XML:com.adobe.xmp'",)
