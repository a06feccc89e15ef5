"""`kb draw`: a text source -> HTML -> headless Chromium -> small PNGs per locale and shape."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cache
from io import BytesIO
from operator import sub
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jinja2
import yaml
from PIL import Image

from kb import ledger, words
from kb.drawings.checks import (
    KIT,
    LEAST_ON_PHONE,
    LOCK,
    SOURCES,
    Drawing,
    Picture,
    Shape,
    plan,
    reason,
)
from kb.finding import Finding, InputError
from kb.pictures import DENSITY, WIDE
from kb_tools import writing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

PHONE = 360  # CSS pixels: the width of the portrait variant
WEIGHT = 80_000  # bytes a picture must stay under
COLOURS = (72, 40)  # tried in turn; flat drawings need more only for the edges of letters
FILLS = 16  # of these, taken exactly
# Largest and smallest text size tried, in CSS pixels as seen; fine print is 0.87 of it.
SIZES: dict[Shape, tuple[float, float]] = {"wide": (15, 9.5), "phone": (15, 14)}
LARGEST_SINGLE = 20  # a picture of one panel may go this far
LEAST: dict[Shape, float] = {"wide": 8, "phone": 12}
NO_BREAK = "\u2011"  # a hyphen that does not end a line: labels of an interface break at spaces
EDGE = (0xD8, 0xD4, 0xCC)  # --edge of the style: all that is half-transparent


class Shot(NamedTuple):
    """PNG bytes, the text size as seen, what kept it from being larger, and what is wrong.

    `least` is the size of the smallest text on a phone.
    """

    png: bytes
    size: float
    limit: str
    findings: list[Finding]
    least: float = 0.0


# --- Drawing -> HTML -----------------------------------------------------------------------------


def html(drawing: Drawing, locale: str, shape: Shape) -> str:
    """The drawing as a self-contained page in one locale."""
    width, height = drawing.data["size"]
    wide = shape == "wide"
    data = _in(locale, drawing.data)
    panels = data.get("panels", ())
    return _template().render(
        d={"cover": None, **data},
        ui=data.get("ui", locale),
        locale=locale,
        shape=shape,
        width=width if wide else PHONE,
        height=f"{height}px" if wide else "auto",
        k=_scale(drawing, shape),
        cols=" ".join(f"minmax(0,{p.get('width', 1)}fr)" for p in panels),
        credit=words.of(locale)("picture.drawn"),
        qr=_pattern(drawing.name),
        css=(KIT / "drawing.css").read_text("utf-8"),
        icons=(KIT / "icons.svg").read_text("utf-8"),
    )


def _scale(drawing: Drawing, shape: Shape) -> float:
    """How much wider the canvas is than it is seen: text sizes are meant as seen."""
    return max(1.0, drawing.data["size"][0] / WIDE) if shape == "wide" else 1.0


def _in(locale: str, value: Any) -> Any:
    """The texts of one locale; a text that it lacks, as a gloss may be, is empty."""
    if isinstance(value, str):
        return value.replace("-", NO_BREAK)
    if isinstance(value, list):
        return [_in(locale, item) for item in value]
    if isinstance(value, dict) and set(words.locales()).issuperset(value):
        return _in(locale, value.get(locale, ""))
    return {name: _in(locale, v) for name, v in value.items()} if isinstance(value, dict) else value


def _pattern(seed: str) -> str:
    """A made-up QR look: 13 modules a side (a real code has 21 or more), room for its label."""
    bits = hashlib.sha256(seed.encode()).digest()
    cells = [(i % 13, i // 13) for i in range(169) if bits[i // 8 % 32] >> i % 8 & 1]
    eyes = [(0, 0), (10, 0), (0, 10)]
    taken = [(a - 1, b - 1, a + 3, b + 3) for a, b in eyes] + [(2, 5, 10, 7)]
    free = [
        (x, y) for x, y in cells if not any(a <= x <= c and b <= y <= d for a, b, c, d in taken)
    ]
    squares = [f"M{x} {y}h1v1h-1z" for x, y in free]
    rings = [f"M{a} {b}h3v3h-3zm1 1v1h1v-1z" for a, b in eyes]
    return "".join(squares + rings)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(KIT), autoescape=True, undefined=jinja2.ChainableUndefined
    )
    schema = json.loads((ledger.SCHEMAS / "drawing.schema.json").read_text("utf-8"))
    environment.globals["kinds"] = list(schema["$defs"]["part"]["dependentSchemas"])
    return environment.get_template("drawing.html.j2")


# --- HTML -> PNG ---------------------------------------------------------------------------------


def executable() -> str:
    """The browser's file: Debian's Chromium, or what is like it."""
    if found := next(filter(None, map(shutil.which, BROWSERS)), None):
        return found
    names = ", ".join(BROWSERS)
    raise InputError(f"no Chromium on the PATH (looked for {names}): apt-get install chromium")


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, headless."""
    found = executable()
    from playwright.sync_api import Error, sync_playwright  # the site builds without it

    flags = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --disable-lcd-text --font-render-hinting=none "
        "--force-color-profile=srgb"
    )
    with ExitStack() as opened:
        try:
            playwright = opened.enter_context(sync_playwright())
        except Exception as error:
            if type(error) is not Exception:  # that is what it raises when its Node.js ends
                raise
            hint = "apt-get install libatomic1"
            raise InputError(f"Playwright's driver does not start ({error}): {hint}") from error
        try:
            chromium = playwright.chromium.launch(executable_path=found, args=flags.split())
        except Error as error:
            raise InputError(f"{found} does not start: {error.message.splitlines()[0]}") from error
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def studio(chromium: Browser) -> Iterator[Page]:
    """A blank page at our density, without network or files; the font of the drawings is there."""
    context = chromium.new_context(device_scale_factor=DENSITY, offline=True)
    context.route("**/*", lambda route: route.abort())  # "offline" spares the files of the machine
    try:
        page = context.new_page()
        if not page.evaluate(
            """() => { const pen = document.createElement("canvas").getContext("2d");
                const width = (font) => {
                  pen.font = `40px ${font}`; return pen.measureText("mi中").width; };
                return width('"Noto Sans CJK SC", monospace') !== width("monospace"); }"""
        ):
            raise InputError("the font Noto Sans CJK SC is missing: apt-get install fonts-noto-cjk")
        yield page
    finally:
        context.close()


def shoot(drawing: Drawing, locale: str, shape: Shape, page: Page) -> Shot:
    """Take one picture: the largest text that fits the panels and the weight."""
    width = canvas_width(drawing, shape)
    height = drawing.data["size"][1] if shape == "wide" else 800
    scale = _scale(drawing, shape)
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(html(drawing, locale, shape))
    largest, smallest = sizes(drawing, shape)
    script = (KIT / "fit.js").read_text("utf-8")
    while True:
        fit = page.evaluate(script, [largest, smallest])
        png = encode(page.locator(".canvas").screenshot(omit_background=True))
        largest = fit["base"] * 0.92  # edges of letters are what weighs
        if len(png) < WEIGHT or largest < smallest:
            break
    place = f"({locale}, {shape})"
    findings = [
        Finding(drawing.path, _line(drawing, text), "drawing-fit", f"{place} “{text}” {reason}")
        for text, reason in fit["problems"]
    ]
    least, text = fit["least"]
    if least / scale < LEAST[shape]:
        seen = f"{least / scale:.1f} px as seen, at least {LEAST[shape]:g} wanted"
        message = f"{place} “{text}” is {seen}"
        findings.append(Finding(drawing.path, _line(drawing, text), "drawing-fit", message))
    on_phone = least / scale
    if shape == "wide":  # a phone shows it no wider than its own column
        on_phone = least * min(1.0, PHONE / width)
    if shape == drawing.shapes[-1] and on_phone < LEAST_ON_PHONE:
        message = f"{place} “{text}” is {on_phone:.1f} px on a phone, {LEAST_ON_PHONE} wanted"
        findings.append(Finding(drawing.path, _line(drawing, text), "drawing-fit", message))
    if len(png) >= WEIGHT:
        message = f"{place} weighs {len(png):,} bytes, less than {WEIGHT:,} wanted"
        findings.append(Finding(drawing.path, 1, "drawing-weight", message))
    return Shot(png, fit["base"] / scale, fit["limit"], findings, on_phone)


def canvas_width(drawing: Drawing, shape: Shape) -> int:
    """The width of the canvas in CSS pixels."""
    width: int = drawing.data["size"][0]
    return width if shape == "wide" else PHONE


def sizes(drawing: Drawing, shape: Shape) -> tuple[float, float]:
    """The largest and the smallest text size to try, in pixels of the canvas."""
    scale = _scale(drawing, shape)
    largest, smallest = SIZES[shape]
    return (largest if len(drawing.shapes) > 1 else LARGEST_SINGLE) * scale, smallest * scale


def _line(drawing: Drawing, text: str) -> int:
    """The source line that holds a text of the picture, 1 when the text is not from there."""
    text = text.replace(NO_BREAK, "-")
    lines = enumerate(drawing.source.splitlines(), 1)
    return next((number for number, line in lines if text in line), 1)


def encode(shot: bytes) -> bytes:
    """A screenshot as a palette PNG under the weight, in as many colours as that allows.

    No metadata. The last 16 palette entries are the half-transparent pixels of the corners.
    """
    import oxipng  # like Playwright only where drawings are made

    image = Image.open(BytesIO(shot)).convert("RGBA")
    alpha = image.getchannel("A")
    opaque = alpha.point(lambda a: 255 if a == 255 else 0)
    flat = Image.new("RGB", image.size, EDGE)
    flat.paste(image.convert("RGB"), mask=opaque)
    png = b""
    for colours in COLOURS:
        palette = _palette(flat, colours)
        reduced = flat.quantize(palette=palette, dither=Image.Dither.NONE)
        indices = alpha.point(lambda a, first=colours: first + a // 16)
        indices.paste(Image.frombytes("L", reduced.size, reduced.tobytes()), mask=opaque)
        final = Image.frombytes("P", indices.size, indices.tobytes())
        final.putpalette((palette.getpalette() or [])[: 3 * colours] + list(EDGE) * 16)
        clear = bytes([255] * colours + [level * 17 for level in range(16)])
        data = BytesIO()
        final.save(data, "PNG", transparency=clear)
        png = oxipng.optimize_from_memory(data.getvalue(), level=2, strip=oxipng.StripChunks.all())
        if len(png) < WEIGHT:
            break
    return png


def _palette(flat: Image.Image, colours: int) -> Image.Image:
    """The most frequent colours exactly, so that no fill changes its tint, and the best others."""
    counts = sorted(flat.getcolors(flat.width * flat.height) or [], reverse=True)
    ranked = flat.quantize(colours - FILLS, Image.Quantize.MAXCOVERAGE, 3).getpalette() or []
    fills = [colour for _, colour in counts[:FILLS] if isinstance(colour, tuple)]
    rest = [tuple(ranked[i : i + 3]) for i in range(0, min(len(ranked), 3 * (colours - FILLS)), 3)]
    values: list[tuple[int, ...]] = []
    # Pillow looks colours up with 6 bits a channel: a near double would win over the exact fill.
    for colour, near in [(c, 4) for c in fills] + [(c, 8) for c in rest]:
        if all(max(map(abs, map(sub, colour, value))) > near for value in values):
            values.append(colour)
    palette = Image.new("P", (1, 1))
    padded = values + values[:1] * (256 - len(values))
    palette.putpalette([channel for colour in padded for channel in colour])
    return palette


# --- the command ---------------------------------------------------------------------------------


def draw(
    root: Path,
    sources: Mapping[str, ledger.Ledger],
    listed: ledger.Ledger,
    held: ledger.Ledger,
    locales: Sequence[str],
    names: Sequence[str] = (),
    kept: Collection[str] = (),
    *,
    progress: Callable[[str], object] = print,
    chromium: Browser | None = None,
) -> list[Finding]:
    """Render the stale drawings, or all those named.

    `listed` is the screenshots ledger, `held` the lock, the rest as for `plan`; `chromium` is a
    running browser to use: without it one is started if there is work for it.
    """
    if broken := [*listed.findings, *(() if held.absent else held.findings)]:
        raise InputError(broken[0])
    pictures, findings = plan(sources, listed, locales, names, kept)
    lock: dict[str, dict[str, str]] = dict(held.data or {})
    digests = digests_of(root, pictures)
    todo = pictures if names else [p for p in pictures if reason(p, lock, digests)]
    if todo:
        with nullcontext(chromium) if chromium else browser() as running, studio(running) as page:
            for picture in todo:
                findings += _make(picture, page, lock, root, progress)
        _write_lock(root, lock)
    return sorted(findings)


def watch(
    again: Callable[[Browser], object], root: Path, goes_on: Callable[[], bool] = lambda: True
) -> None:
    """Draw `again` after each save of a source, until `goes_on` says no."""
    seen: list[float] = []
    with browser() as chromium:
        while goes_on():
            sources = [*(root / SOURCES).glob("*.yml"), *KIT.iterdir()]
            now = sorted(path.stat().st_mtime for path in sources)
            if now != seen:
                seen = now
                again(chromium)
            time.sleep(0.3)


def digests_of(root: Path, pictures: Sequence[Picture]) -> dict[str, str]:
    """SHA-256 of the pictures that exist, by their paths from the project's folder."""
    return {
        picture.path: hashlib.sha256((root / picture.path).read_bytes()).hexdigest()
        for picture in pictures
        if (root / picture.path).is_file()
    }


def _make(
    picture: Picture,
    page: Page,
    lock: dict[str, dict[str, str]],
    root: Path,
    progress: Callable[[str], object],
) -> list[Finding]:
    png, size, limit, findings, least = shoot(picture.drawing, picture.locale, picture.shape, page)
    target = root / picture.path
    changed = not target.is_file() or target.read_bytes() != png
    if changed:
        writing.write(root, picture.path, png)
    lock[picture.path] = {
        "from": picture.drawing.digest,
        "png": hashlib.sha256(png).hexdigest(),
    }
    if picture.shape == picture.drawing.shapes[-1]:  # what a phone shows
        lock[picture.path]["text"] = f"{least:.1f}"
    done = "drawn" if changed else "same "
    why = f" (larger: {limit})" if limit else ""
    progress(f"{done} {picture.path}  {len(png) / 1000:.0f} KB, text {size:.1f} px{why}")
    return findings


def _write_lock(root: Path, lock: Mapping[str, Mapping[str, str]]) -> None:
    kept = {path: dict(lock[path]) for path in sorted(lock) if (root / path).is_file()}
    head = (
        "# Written by `kb draw`: what each picture was drawn from (source and kit), its bytes,\n"
        "# and the size of its smallest text on a phone, in CSS pixels.\n"
    )
    writing.write(root, LOCK, head + yaml.safe_dump(kept, width=1000, sort_keys=False))
