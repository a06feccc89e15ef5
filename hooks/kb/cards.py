"""Social cards: the picture that goes with a page's link, 1200 × 630 pixels, in our own font."""

import io
import re
import zlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageColor, ImageDraw, ImageFont

SIZE = (1200, 630)
MARGIN = 88
INK, PAPER, SOFT, ACCENT = "#12464a", "#ffffff", "#b9d3d4", "#ff8a3d"
TITLE_SIZES = (84, 72, 60, 50)  # the largest in which the title takes at most three lines
LEADING = 1.3
FONT = Path(__file__).parent / "fonts" / "NotoSansSC-Bold.subset.otf"

# A line may break at a space and beside a Chinese character, but not before closing punctuation.
_PIECE = re.compile(
    r"[\u3000-\u9fff\uff00-\uffef“”‘’—…·]|[^\s\u3000-\u9fff\uff00-\uffef“”‘’—…·]+\s*|\s+"
)
_NO_START = frozenset("，。、；：？！）》」】”’…—·")
_NO_END = frozenset("（《「【“‘")


# Rows, the colour of their letters, and in how many steps from the ground they get to it. One
# palette of 16 colours for all cards: to find one for each card took most of its time.
_BANDS = ((0, 130, ACCENT, 4), (130, 510, PAPER, 7), (510, 630, SOFT, 4))
_GROUND = ImageColor.getrgb(INK)
_PALETTE = [
    *_GROUND,
    *(
        round(ground + (full - ground) * step / steps)
        for _, _, colour, steps in _BANDS
        for step in range(1, steps + 1)
        for ground, full in zip(_GROUND, ImageColor.getrgb(colour), strict=True)
    ),
]


class Card(NamedTuple):
    """The words on a card."""

    title: str
    edition: str
    site: str


def draw(card: Card) -> bytes:
    """The card as PNG: the same words give the same bytes."""
    size, lines = _fit(card.title)
    height = len(lines) * size * LEADING
    top = (SIZE[1] - height) / 2 + 6
    drawn = Image.new("L", SIZE)  # how much of a letter each pixel holds
    pen = ImageDraw.Draw(drawn)
    pen.text((MARGIN, 76), card.edition, font=_font(34), fill=255)
    for number, line in enumerate(lines):
        pen.text((MARGIN, top + number * size * LEADING), line, font=_font(size), fill=255)
    pen.text((MARGIN, SIZE[1] - 112), card.site, font=_font(32), fill=255)
    image = Image.new("P", SIZE)
    image.putpalette(_PALETTE)
    first = 0  # the place in the palette before a band's
    for start, end, _, steps in _BANDS:
        shades = [first + shade if (shade := round(v * steps / 255)) else 0 for v in range(256)]
        band = (0, start, SIZE[0], end)
        image.paste(drawn.crop(band).point(shades), band)
        first += steps
    image.paste(_BANDS[0][-1], (0, 0, 19, SIZE[1]))
    out = io.BytesIO()
    # Flat as it is, runs alone pack it as well as the slowest search for repeats does.
    image.save(out, "PNG", compress_type=zlib.Z_RLE)
    return out.getvalue()


def missing_glyphs(card: Card) -> str:
    """The characters of a card that the font lacks."""
    lacking = {char for text in card for char in text if not char.isspace() and not _has(char)}
    return "".join(sorted(lacking))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _has(char: str) -> bool:
    # Pillow tells no missing glyph: it draws the font's replacement, the same for all of them.
    font = _font(40)
    return bytes(font.getmask(char)) != bytes(font.getmask("\ufffe"))


def _fit(title: str) -> tuple[int, list[str]]:
    for size in TITLE_SIZES:
        lines = _wrap(title, size)
        if len(lines) <= 3:
            break
    return size, lines


def _wrap(text: str, size: int) -> list[str]:
    font, width = _font(size), SIZE[0] - 2 * MARGIN
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        fits = font.getlength((line + piece).rstrip()) <= width
        if fits or not line or piece in _NO_START:
            line += piece
        else:
            carried = line[-1] if line[-1] in _NO_END else ""
            lines.append(line[: len(line) - len(carried)].rstrip())
            line = carried + piece.lstrip()
    return [*lines, line.rstrip()]
