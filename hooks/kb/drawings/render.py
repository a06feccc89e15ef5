"""Drawings: a text source -> HTML -> headless Chromium -> small PNGs per locale, wide and portrait.

A source is data (`docs/drawings/<name>.yml`), the look is the kit beside this module (template,
style, icons), and `docs/ledgers/screenshots.yml` says which picture is drawn from which source.
`docs/ledgers/drawings.lock` records what each picture was drawn from: a stale one is found without
rendering.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from io import BytesIO
from operator import sub
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import jinja2
import yaml
from PIL import Image

from kb import files, ledger, nearest
from kb.errors import InputError
from kb.finding import Finding

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Shape = Literal["wide", "phone"]
KIT = Path(__file__).parent / "kit"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CREDIT = {"zh": "示意图", "en": "Illustration"}
LOCK, SOURCES = "docs/ledgers/drawings.lock", "docs/drawings"

COLUMN = 760  # CSS pixels: the width of the page column in which the wide picture is read
PHONE = 360  # CSS pixels: the width of the portrait variant
DENSITY = 2
WEIGHT = 80_000  # bytes a picture must stay under
COLOURS = (72, 40)  # tried in turn; flat drawings need more only for the edges of letters
FILLS = 16  # of these, taken exactly
# Largest and smallest text size tried, in CSS pixels as seen; fine print is 0.87 of it.
SIZES: dict[Shape, tuple[float, float]] = {"wide": (15, 9.5), "phone": (15, 14)}
LARGEST_SINGLE = 20  # a picture of one panel may go this far
LEAST: dict[Shape, float] = {"wide": 8, "phone": 12}
LEAST_ON_PHONE = 11  # CSS pixels: of any drawing, in whichever shape a phone shows it
NO_BREAK = "\u2011"  # a hyphen that does not end a line: labels of an interface break at spaces
EDGE = (0xD8, 0xD4, 0xCC)  # --edge of the style: all that is half-transparent

# Each part of a screen: its own value under its own name, then its options. `parts:x` is a list of
# parts in which a plain string stands for `x: string`; a trailing `?` allows an empty value.
COMMON = {"gloss": "gloss", "press": "flag", "tap": "right|far|beside"}
PARTS: dict[str, dict[str, str]] = {
    "header": {"header": "text", "sub": "text", "back": "flag"},
    "text": {"text": "text", "tone": "title|strong|label|muted|link"},
    "field": {"field": "text", "value": "text", "blank": "count", "action": "text", "icon": "icon"},
    "search": {"search": "text"},
    "button": {"button": "text", "tone": "plain|small|chip", "icon": "icon"},
    "row": {
        "row": "text?", "value": "text", "blank": "count", "action": "text", "icon": "icon",
        "next": "flag",
    },
    "list": {"list": "parts:row"},
    "menu": {"menu": "parts:row"},
    "grid": {"grid": "parts:cell", "cols": "count", "shape": "icons|tiles|chips"},
    "cell": {"cell": "text?", "icon": "icon"},
    "bankcard": {"bankcard": "text"},
    "dialog": {"dialog": "text", "parts": "parts:text"},
    "qr": {"qr": "text"},
    "tabs": {"tabs": "parts:tab"},
    "tab": {"tab": "text", "chosen": "flag"},
    "switch": {"switch": "text", "chosen": "flag"},
    "check": {"check": "text"},
    "notice": {"notice": "text", "body": "text", "icon": "icon"},
    "banner": {"banner": "text", "icon": "icon"},
    "avatar": {"avatar": "flag", "icon": "icon"},
    "bars": {"bars": "count"},
    "picture": {"picture": "count", "icon": "icon"},
    "line": {"line": "parts:text"},
    "bar": {"bar": "parts:text"},
    "space": {"space": "flag"},
    "fill": {"fill": "flag"},
}  # fmt: skip
TOP = {"title": "text", "size": "size", "ui": "locale", "panels": "panels", "cover": "cover"}
PANEL = {
    "step": "text",
    "frame": "phone|browser|none",
    "url": "text",
    "width": "count",
    "view": "parts:text",
}
COVER = {"kicker": "text", "words": "text", "name": "text"}


class DrawError(InputError):
    """Drawing is impossible here (no browser, no font, no source); the message says what to do."""


class Text(dict[str, str]):
    """A text per locale."""


class Drawing(NamedTuple):
    """A checked source: `data` is its plain content with every text spelled out per locale."""

    name: str
    path: str
    data: Mapping[str, Any]
    source: str
    digest: str

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Drawings of several panels have a portrait variant for phones."""
        return ("wide", "phone") if len(self.data.get("panels", ())) > 1 else ("wide",)


class Picture(NamedTuple):
    """One PNG to make: a drawing in a locale and a shape; `path` from the project root."""

    drawing: Drawing
    locale: str
    shape: Shape
    path: str


class Shot(NamedTuple):
    """PNG bytes, the text size as seen, what kept it from being larger, and what is wrong.

    `least` is the size of the smallest text on a phone.
    """

    png: bytes
    size: float
    limit: str
    findings: list[Finding]
    least: float = 0.0


# --- source -> Drawing ---------------------------------------------------------------------------


def load(path: Path, root: Path, locales: Sequence[str]) -> tuple[Drawing | None, list[Finding]]:
    """Read and check one source; None when a finding makes it unusable."""
    shown = files.shown(path, root)
    try:
        text = files.read_text(path, root)
    except InputError as error:
        return None, [error.finding] if error.finding else []
    source = ledger.load(text, shown)
    reader = _Reader(source, locales)
    reader.findings += source.findings
    data = {} if source.findings else reader.mapping(source.data, (), TOP, ("title", "size"))
    if data and ("panels" in data) == ("cover" in data):
        reader.report((), "a drawing has either 'panels' or a 'cover'")
    if reader.findings:
        return None, sorted(reader.findings)
    digest = hashlib.sha256((_kit_digest() + text).encode()).hexdigest()
    return Drawing(path.stem, shown, data, text, digest), []


class _Reader:
    """Checks plain data against the tables above, and spells out texts per locale."""

    def __init__(self, source: ledger.Ledger, locales: Sequence[str]) -> None:
        self.source = source
        self.locales = locales
        self.findings: list[Finding] = []

    def report(self, key: ledger.Key, message: str, hint: str = "") -> None:
        line = self.source.line(*key)
        self.findings.append(Finding(self.source.path, line, "ledger-schema", message, hint))

    def mapping(
        self, value: Any, key: ledger.Key, fields: Mapping[str, str], required: Sequence[str] = ()
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.report(key, f"expected fields ({', '.join(fields)}), found {value!r}")
            return {}
        for name in required:
            if name not in value:
                self.report(key, f"'{name}' is missing")
        out = {}
        for name, item in value.items():
            if name in fields:
                out[name] = self.value(item, (*key, name), fields[name])
            else:
                self.report(
                    (*key, name), f"unknown field '{name}'", nearest.hint(str(name), fields)
                )
        return out

    def value(self, value: Any, key: ledger.Key, kind: str) -> Any:
        kind, _, of = kind.partition(":")
        if kind in ("text", "gloss") or (kind == "text?" and value is not None):
            return self.text(value, key, every=kind != "gloss")
        if kind == "text?":
            return None
        if kind == "parts" and isinstance(value, list):
            return tuple(self.part(item, (*key, i), of) for i, item in enumerate(value))
        if kind == "panels" and isinstance(value, list):
            needs = ("step", "frame", "view")
            return tuple(self.mapping(v, (*key, i), PANEL, needs) for i, v in enumerate(value))
        if kind == "cover":
            return self.mapping(value, key, COVER, tuple(COVER))
        if kind == "icon":
            if value not in _icons():
                self.report(
                    key, f"no icon '{value}' in the kit", nearest.hint(str(value), _icons())
                )
            return value
        if kind == "flag":
            fits = isinstance(value, bool)
        elif kind == "count":
            fits = type(value) in (int, float) and 0 < value < 100
        elif kind == "locale":
            fits = value in self.locales
        elif kind == "size":
            fits = isinstance(value, list) and [type(n) for n in value] == [int, int]
        else:
            fits = "|" in kind and value in kind.split("|")
        if not fits:
            names = {"flag": "true or false", "count": "number", "size": "[width, height]"}
            names["locale"] = " or ".join(self.locales)
            expected = names.get(kind, kind.replace("|", " or "))
            self.report(key, f"'{key[-1]}' is {value!r}, expected {expected}")
        return value

    def text(self, value: Any, key: ledger.Key, *, every: bool) -> Text:
        if isinstance(value, str) and every:
            return Text(dict.fromkeys(self.locales, value))
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            wanted = "a text or one per locale" if every else "a text per locale, {en: …}"
            self.report(key, f"'{key[-1]}' is {wanted}, found {value!r} (quote numbers)")
            return Text()
        for locale in value.keys() - set(self.locales):
            self.report((*key, locale), f"unknown locale '{locale}'")
        for locale in self.locales:
            if every and not value.get(locale):
                self.report(key, f"'{key[-1]}' has no text for '{locale}'")
        return Text(value)

    def part(self, value: Any, key: ledger.Key, default: str) -> dict[str, Any]:
        value = {default: value} if isinstance(value, str) else value
        kinds = [name for name in value if name in PARTS] if isinstance(value, dict) else []
        if len(kinds) != 1:
            found = ", ".join(value) if isinstance(value, dict) else repr(value)
            self.report(
                key, f"expected one part, found {found}",
                nearest.hint(found.split(",")[0], PARTS) or f"parts are: {', '.join(PARTS)}",
            )  # fmt: skip
            return {}
        kind = kinds[0]
        fields = self.mapping(value, key, PARTS[kind] | COMMON)
        own = fields.pop(kind, None)
        main = PARTS[kind][kind].split(":")[0]
        name = {"parts": "parts", "count": "n"}.get(main, "text")
        return {"kind": kind, name: own, **fields}


@cache
def _icons() -> tuple[str, ...]:
    return tuple(re.findall(r'<symbol id="([a-z]+)"', (KIT / "icons.svg").read_text("utf-8")))


@cache
def _kit_digest() -> str:
    kit = sorted(f for f in KIT.iterdir() if f.suffix in {".css", ".j2", ".js", ".svg"})
    return hashlib.sha256("".join(f.read_text("utf-8") for f in kit).encode()).hexdigest()


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
        credit=CREDIT[locale],
        qr=_pattern(drawing.name),
        css=(KIT / "drawing.css").read_text("utf-8"),
        icons=(KIT / "icons.svg").read_text("utf-8"),
    )


def _scale(drawing: Drawing, shape: Shape) -> float:
    """How much wider the canvas is than it is seen: text sizes are meant as seen."""
    return max(1.0, drawing.data["size"][0] / COLUMN) if shape == "wide" else 1.0


def _in(locale: str, value: Any) -> Any:
    if isinstance(value, Text):
        return value.get(locale, "").replace("-", NO_BREAK)
    if isinstance(value, dict):
        return {name: _in(locale, item) for name, item in value.items()}
    return [_in(locale, item) for item in value] if isinstance(value, tuple | list) else value


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
    return environment.get_template("drawing.html.j2")


# --- HTML -> PNG ---------------------------------------------------------------------------------


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        names = ", ".join(BROWSERS)
        raise DrawError(f"no Chromium on the PATH (looked for {names}): apt-get install chromium")
    from playwright.sync_api import sync_playwright  # the site builds without it

    flags = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --disable-lcd-text --font-render-hinting=none "
        "--force-color-profile=srgb"
    )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=flags.split())
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
            raise DrawError("the font Noto Sans CJK SC is missing: apt-get install fonts-noto-cjk")
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
    listed: ledger.Ledger,
    held: ledger.Ledger,
    locales: Sequence[str],
    names: Sequence[str] = (),
    *,
    progress: Callable[[str], object] = print,
    chromium: Browser | None = None,
) -> list[Finding]:
    """Render the stale drawings, or all those named.

    `listed` is the screenshots ledger, `held` the lock; `chromium` is a running browser to use:
    without it one is started if there is work for it.
    """
    if broken := [*listed.findings, *(() if held.absent else held.findings)]:
        raise InputError(broken[0])
    pictures, findings = plan(root, listed, locales, names)
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


def check(
    root: Path,
    listed: ledger.Ledger,
    lock: ledger.Ledger,
    locales: Sequence[str],
    digests: Mapping[str, str],
) -> list[Finding]:
    """Sources that cannot be drawn, and stale pictures; `digests` as for `stale`."""
    pictures, findings = plan(root, listed, locales)
    # A lock that cannot be read is told of itself.
    told = [] if lock.findings else stale(pictures, lock.data or {}, digests)
    return sorted([*findings, *told])


def plan(
    root: Path, listed: ledger.Ledger, locales: Sequence[str], names: Sequence[str] = ()
) -> tuple[list[Picture], list[Finding]]:
    """Every PNG that the ledger says is drawn, of the named drawings or of all."""
    entries = [
        e for e in listed.data or () if isinstance(e, dict) and {"source", "path"} <= e.keys()
    ]
    sources = {f"drawings/{p.name}": p for p in sorted((root / SOURCES).glob("*.yml"))}
    known = [Path(source).stem for source in sources]
    for name in names:
        if name not in known:
            raise DrawError(f"no drawing '{name}' in {SOURCES}; {nearest.hint(name, known)}")
    pictures: list[Picture] = []
    findings: list[Finding] = []
    for source, path in sources.items():
        if names and path.stem not in names:
            continue
        drawing, wrong = load(path, root, locales)
        findings += wrong
        paths = [e["path"] for e in entries if e["source"] == source]
        if not paths:
            message = "no entry of docs/ledgers/screenshots.yml is drawn from this source"
            findings.append(Finding(f"docs/{source}", 1, "image-unlisted", message))
        if drawing:
            pictures += [
                Picture(drawing, locale, shape, _target(path, locale, shape))
                for path in paths
                for locale in locales
                for shape in drawing.shapes
            ]
    return pictures, findings


def _target(path: str, locale: str, shape: Shape) -> str:
    target = "docs/" + path.replace("{locale}", locale)
    return target if shape == "wide" else target.removesuffix(".png") + ".phone.png"


Lock = Mapping[str, Mapping[str, str]]


def stale(pictures: Sequence[Picture], lock: Lock, digests: Mapping[str, str]) -> list[Finding]:
    """What the records say, without rendering: pictures to draw anew, text too small on a phone.

    `digests` has the SHA-256 of each file that exists, by its path from the project's folder.
    """
    found = []
    for picture in pictures:
        source = picture.drawing.path
        if why := reason(picture, lock, digests):
            found.append(Finding(source, 1, "drawing-stale", f"'{picture.path}' {why}"))
        elif picture.shape == picture.drawing.shapes[-1]:
            least = float(lock[picture.path].get("text", 0))
            if least < LEAST_ON_PHONE:
                message = f"'{picture.path}' has text of {least:g} px on a phone"
                found.append(Finding(source, 1, "drawing-fit", message))
    return sorted(found)


def reason(picture: Picture, lock: Lock, digests: Mapping[str, str]) -> str:
    """Why a picture has to be drawn anew; empty when it is up to date."""
    entry = lock.get(picture.path, {})
    if picture.path not in digests:
        return "does not exist"
    if entry.get("from") != picture.drawing.digest:
        return "is older than its source"
    if entry.get("png") != digests[picture.path]:
        return "is not what was drawn: its bytes were changed"
    return ""


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
        files.write(root, picture.path, png)
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
    files.write(root, LOCK, head + yaml.safe_dump(kept, width=1000, sort_keys=False))
