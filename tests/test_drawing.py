"""Drawings: what a source may say, how it is rendered, and how a stale picture is found."""

from __future__ import annotations

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Error

from kb import ledger
from kb.drawings import checks
from kb.finding import Finding, InputError
from kb.pictures.entries import LEDGER as PICTURES
from kb.project import read
from kb_tools import draw as drawing

ROOT = Path(__file__).parent.parent
SOURCE = """\
title: {zh: 绑定, en: Linking}
size: [600, 300]
ui: en
panels:
  - step: {zh: 点 Next, en: Press Next}
    frame: browser
    url: example.com
    view:
      - header: Verification
      - list:
          - Email
          - {row: Security, icon: lock}
      - {button: Next, gloss: {zh: 下一步}, press: true}
  - step: {zh: 扫码, en: Scan}
    frame: phone
    view:
      - qr: {zh: 示例, en: sample}
"""
NONE = ledger.EMPTY
LOCALES = ("zh", "en")
DOT = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"  # a GIF of one pixel
LEDGER = """\
- path: e1/{locale}/images/link.png
  kind: drawing
  source: drawings/link.yml
"""


def project(root: Path, source: str = SOURCE) -> Path:
    """A project with one drawing; gives its source file."""
    path = root / "docs" / "drawings" / "link.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")
    return path


def sources(root: Path) -> dict[str, ledger.Ledger]:
    """All sources, as a project has them."""
    paths = sorted((root / checks.SOURCES).glob("*.yml"))
    held = {f"drawings/{path.name}": path.read_text("utf-8") for path in paths}
    return {path: ledger.load(text, f"docs/{path}", "drawing") for path, text in held.items()}


def load(root: Path, source: str = SOURCE) -> tuple[checks.Drawing | None, list[Finding]]:
    """The one drawing of a project."""
    project(root, source)
    return checks.load(sources(root)["drawings/link.yml"], LOCALES)


def locked(root: Path) -> ledger.Ledger:
    """The lock that there is."""
    lock = root / checks.LOCK
    if not lock.exists():
        return NONE
    return ledger.load(lock.read_text("utf-8"), checks.LOCK, "drawings.lock")


def draw(root: Path, *names: str, **settings: Any) -> list[Finding]:
    """Draw by the ledger above and the lock that there is."""
    held = locked(root)
    listed = ledger.load(LEDGER, "l.yml")
    return drawing.draw(root, sources(root), listed, held, LOCALES, names, **settings)


def check(root: Path) -> list[Finding]:
    """What is stale, by the ledger above."""
    held = locked(root)
    paths = [path.relative_to(root).as_posix() for path in root.glob("docs/*/*/images/*.png")]
    digests = {path: hashlib.sha256((root / path).read_bytes()).hexdigest() for path in paths}
    return checks.check(sources(root), ledger.load(LEDGER, "l.yml"), held, LOCALES, digests)


def problems(root: Path, source: str) -> list[str]:
    _, findings = load(root, source)
    return [f"{f.line}: {f.message}" + (f" → {f.hint}" if f.hint else "") for f in findings]


def shoot(
    root: Path, browser: Browser, source: str, locale: str = "en", shape: checks.Shape = "wide"
) -> drawing.Shot:
    drawn, findings = load(root, source)
    assert drawn, findings
    with drawing.studio(browser) as page:
        return drawing.shoot(drawn, locale, shape, page)


# One line changed, and what is said of it; None: a near miss, which is fine.
CHANGES = [
    ("zh: 绑定, ", "", "1: 'title' has no text for 'zh'"),
    ("zh: 绑定, ", "de: Binden, zh: 绑定, ", "1: unknown locale 'de'"),
    ("title: {zh: 绑定, en: Linking}", "title: Linking", None),
    ("title: {zh: 绑定, en: Linking}", "title: 2023",
     "1: title: 2023 is not of type 'string', 'object'"),
    ("size: [600, 300]\n", "", "1: 'size' is a required property"),
    ("[600, 300]", "[600]", "2: size: [600] is too short"),
    ("ui: en", "ui: de", "3: 'ui' is no locale: zh or en"),
    ("panels:", "panel:", "1: a drawing has either 'panels' or a 'cover'"),
    ("panels:", "panel:", "4: Additional properties are not allowed ('panel' "
     "was unexpected) → nearest: panels"),
    ("    frame: browser\n", "", "5: panels.0: 'frame' is a required property"),
    ("frame: browser", "frame: tablet", "6: panels.0.frame: 'tablet' is not one of "
     "['phone', 'browser', 'none']"),
    ("- header: Verification", "- headr: Verification",
     "9: panels.0.view.0: Additional properties are not allowed ('headr' was unexpected) "
     "→ nearest: header"),
    ("- header: Verification", "- Verification", None),
    ("- Email", "- {row: null}", None),
    ("- header: Verification", "- header: null", "9: panels.0.view.0.header: None is not of type "
     "'string', 'object'"),
    ("icon: lock", "icon: locks", "12: panels.0.view.1.list.1.icon: no such icon in "
     "kb/drawings/kit/icons.svg → nearest: lock"),
    ("press: true", "next: true", "13: panels.0.view.2: 'next' is not one of ['button', 'tone', "
     "'icon', 'gloss', 'press', 'tap']"),
    ("button: Next, ", "", "13: panels.0.view.2: a part begins with what it is: header, text, row, "
     "button …"),
    ("step: {zh: 扫码, en: Scan}", "step: {zh: 扫码, en: 5}",
     "14: panels.1.step.en: 5 is not of type 'string'"),
    ("icon: lock", "icon: key", None),
    ("- header: Verification", "- {bars: 99}", None),
    ("- header: Verification", "- {bars: 0.5}", None),
    ("- header: Verification", "- {bars: 100}", "9: panels.0.view.0.bars: 100 is greater than or "
     "equal to the maximum of 100"),
    ("- header: Verification", "- {bars: 0}", "9: panels.0.view.0.bars: 0 is less than or equal "
     "to the minimum of 0"),
    ("press: true", "press: 1", "13: panels.0.view.2.press: 1 is not of type 'boolean'"),
    ("press: true", "pres: true",
     "13: panels.0.view.2: Additional properties are not allowed ('pres' was unexpected) "
     "→ nearest: press"),
    ("gloss: {zh: 下一步}", "gloss: 下一步",
     "13: panels.0.view.2.gloss: '下一步' is not of type 'object'"),
    ("gloss: {zh: 下一步}", "gloss: {}", None),
    ("size: [600, 300]", "size: [600, 300]\nsize: [600, 300]", "3: 'size' is given twice"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), CHANGES)
def test_schema(tmp_path: Path, old: str, new: str, said: str | None) -> None:
    assert SOURCE.count(old) == 1
    found = problems(tmp_path, SOURCE.replace(old, new))
    assert (said in found) if said else (found == [])


def test_the_unchanged_source_is_fine(tmp_path: Path) -> None:
    assert problems(tmp_path, SOURCE) == []


def test_the_schema_knows_the_icons_of_the_kit() -> None:
    schema = json.loads((ledger.SCHEMAS / "drawing.schema.json").read_text("utf-8"))
    symbols = re.findall(r'<symbol id="([a-z]+)"', (checks.KIT / "icons.svg").read_text("utf-8"))
    assert schema["$defs"]["icon"]["enum"] == symbols


def test_every_part_that_the_schema_knows_is_drawn() -> None:
    schema = json.loads((ledger.SCHEMAS / "drawing.schema.json").read_text("utf-8"))
    template = (checks.KIT / "drawing.html.j2").read_text("utf-8")
    drawn = re.findall(r"p\.kind (?:==|in) (.*?) -?%}", template)
    names = {name for each in drawn for name in re.findall(r"'([a-z]+)'", each)}
    assert names == set(schema["$defs"]["part"]["dependentSchemas"])


def test_texts_and_glosses_follow_the_locale(tmp_path: Path) -> None:
    drawn, _ = load(tmp_path)
    assert drawn
    zh, en = (drawing.html(drawn, locale, "wide") for locale in ("zh", "en"))
    assert "点 Next" in zh
    assert "下一步" in zh
    assert "示意图" in zh
    assert "Press Next" in en
    assert "下一步" not in en
    assert "Illustration" in en
    assert zh.count("data-tap") == 1


def test_the_wide_picture_has_the_natural_size_twice_over(tmp_path: Path, browser: Browser) -> None:
    shot = shoot(tmp_path, browser, SOURCE)
    assert shot.findings == []
    assert len(shot.png) < drawing.WEIGHT
    with Image.open(BytesIO(shot.png)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "P", (1200, 600))
        assert set(image.info) == {"transparency"}
        rgba = image.convert("RGBA")
    assert rgba.getpixel((0, 0)) == (0xD8, 0xD4, 0xCC, 0)
    colours = {colour for _, colour in rgba.getcolors(rgba.width * rgba.height) or []}
    exact = {(255, 255, 255, 255), (0xF4, 0xF2, 0xEE, 255), (0xEE, 0xF0, 0xF3, 255)}
    assert exact <= colours, "a fill of the kit lost its tint"


def test_the_phone_picture_is_a_phone_wide(tmp_path: Path, browser: Browser) -> None:
    shot = shoot(tmp_path, browser, SOURCE, shape="phone")
    with Image.open(BytesIO(shot.png)) as image:
        assert image.width == 2 * drawing.PHONE
        assert image.height > image.width
    assert shot.findings == []


def test_the_same_source_gives_the_same_bytes(tmp_path: Path, browser: Browser) -> None:
    first, second = (shoot(tmp_path, browser, SOURCE, "zh") for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("header: Verification", f"header: {'Verification' * 8}", 9, "sticks out of its"),
        ("header: Verification", "picture: 90", 9, "leaves its screen"),
        ("row: Security", f"row: {'Security ' * 150}", 12, "leaves its screen"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_found(
    tmp_path: Path, browser: Browser, old: str, new: str, line: int, said: str
) -> None:
    findings = shoot(tmp_path, browser, SOURCE.replace(old, new)).findings
    assert {f.rule for f in findings} == {"drawing-fit"}
    assert any(said in f.message and "(en, wide)" in f.message for f in findings)
    assert line in {f.line for f in findings}


def test_what_just_fits_is_not_found_but_makes_the_text_smaller(
    tmp_path: Path, browser: Browser
) -> None:
    short = shoot(tmp_path, browser, SOURCE)
    long = shoot(
        tmp_path, browser, SOURCE.replace("Verification", "VerificationOfTheHoldersIdentity")
    )
    assert (short.findings, long.findings) == ([], [])
    assert long.size < short.size
    assert "VerificationOfTheHoldersIdentity" in long.limit


def test_a_covered_label_is_found(tmp_path: Path, browser: Browser) -> None:
    button = "{button: Go, tone: small, press: true}"
    small = SOURCE.replace(", press: true", "").replace(
        "- header: Verification", f"- bar: [{{header: Card}}, {button}]"
    )
    (finding,) = shoot(tmp_path, browser, small).findings
    assert finding.message == "(en, wide) “Go” is covered by the pointer"
    assert (
        shoot(tmp_path, browser, small.replace("press: true", "press: true, tap: far")).findings
        == []
    )


def test_text_too_small_for_a_phone_is_found(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(drawing.SIZES, "phone", (13, 13))
    (finding,) = shoot(tmp_path, browser, SOURCE, "zh", "phone").findings
    assert "is 11.3 px as seen, at least 12 wanted" in finding.message
    monkeypatch.setitem(drawing.SIZES, "phone", (14, 14))
    assert shoot(tmp_path, browser, SOURCE, "zh", "phone").findings == []


def test_too_heavy_a_picture_is_found(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "WEIGHT", 2_000)
    shot = shoot(tmp_path, browser, SOURCE)
    assert [f.rule for f in shot.findings] == ["drawing-weight"]
    assert shot.size < drawing.SIZES["wide"][0], "smaller text was tried before giving up"


def test_draw_then_check(tmp_path: Path, browser: Browser) -> None:
    source = project(tmp_path)
    pictures = [
        tmp_path / f"docs/e1/{locale}/images/link{variant}.png"
        for locale in ("zh", "en")
        for variant in ("", ".phone")
    ]
    said: list[str] = []

    def stale() -> list[str]:
        found = check(tmp_path)
        assert {f.rule for f in found} <= {"drawing-stale"}
        return [f.message for f in found]

    def drawn(*names: str) -> int:
        said.clear()
        assert draw(tmp_path, *names, progress=said.append, chromium=browser) == []
        return len(said)

    assert len(stale()) == 4
    assert all("does not exist" in message for message in stale())
    assert drawn() == 4
    assert all(picture.is_file() for picture in pictures)
    assert stale() == []
    assert drawn() == 0, "nothing is stale"

    times = [picture.stat().st_mtime_ns for picture in pictures]
    assert drawn("link") == 4, "a named drawing is drawn anew"
    assert all(line.startswith("same") for line in said)
    assert [picture.stat().st_mtime_ns for picture in pictures] == times, "same bytes: not written"

    source.write_text(SOURCE.replace("Scan}", "Scan it}"), "utf-8")
    assert len(stale()) == 4
    assert all("is older than its source" in message for message in stale())
    drawn()
    assert stale() == []

    pictures[0].write_bytes(pictures[0].read_bytes() + b"\0")
    assert [m for m in stale() if "its bytes were changed" in m] == stale() != []


@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "http://127.0.0.1:9/", "https://a.test/"]
)
def test_a_drawing_is_rendered_without_network_or_files(address: str, browser: Browser) -> None:
    with drawing.studio(browser) as page:
        page.set_content(f'<img src="data:image/gif;base64,{DOT}" alt="">')
        assert page.evaluate("document.images[0].naturalWidth") == 1, "what it brings is shown"
        with pytest.raises(Error, match="ERR_FAILED"):
            page.goto(address)


def test_an_unlisted_source_is_found_and_an_unknown_name_refused(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "docs/drawings/stray.yml").write_text(SOURCE, "utf-8")
    stray = [f for f in check(tmp_path) if f.rule == "image-unlisted"]
    assert [f.path for f in stray] == ["docs/drawings/stray.yml"]
    with pytest.raises(InputError, match=r"no drawing 'lnk'.*nearest: link"):
        draw(tmp_path, "lnk")


def test_without_a_browser_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="apt-get install chromium"):
        draw(tmp_path)


def test_every_picture_of_the_guide_is_light_and_clean() -> None:
    held = read(ROOT)
    listed = held.ledger(f"2023-07/record/{PICTURES}")
    pictures, _ = checks.plan(held.drawings, listed, LOCALES)
    assert pictures
    for picture in pictures:
        path = ROOT / picture.path
        assert path.stat().st_size < drawing.WEIGHT, picture.path
        with Image.open(path) as image:
            assert set(image.info) == {"transparency"}, picture.path
            width, height = picture.drawing.data["size"]
            wanted = (2 * width, 2 * height) if picture.shape == "wide" else (720, image.height)
            assert image.size == wanted, picture.path


def test_text_too_small_on_a_phone_is_found_by_its_record_alone(
    tmp_path: Path, browser: Browser
) -> None:
    single = SOURCE[: SOURCE.index("  - step: {zh: 扫码")].replace("[600, 300]", "[1200, 400]")
    project(tmp_path, single)
    drawn = draw(tmp_path, progress=lambda _: None, chromium=browser)
    told = [f.message for f in drawn]
    assert any("px on a phone, 11 wanted" in message for message in told)
    checked = check(tmp_path)
    assert {f.rule for f in checked} == {"drawing-fit"}
    assert all("px on a phone" in f.message for f in checked)
    project(tmp_path, single.replace("[1200, 400]", "[400, 300]"))
    assert draw(tmp_path, progress=lambda _: None, chromium=browser) == []
    assert check(tmp_path) == []


@pytest.mark.browser
def test_watching_draws_what_was_saved(tmp_path: Path) -> None:
    source = project(tmp_path)
    said: list[str] = []

    def goes_on() -> bool:
        if sum(line.startswith("drawn") for line in said) == 4:
            source.write_text(SOURCE.replace("Scan}", "Scan it}"), "utf-8")
        return sum(line.startswith("drawn") for line in said) < 6

    def again(chromium: Browser) -> None:
        draw(tmp_path, progress=said.append, chromium=chromium)

    with ThreadPoolExecutor(1) as apart:  # in this thread the driver of another browser may run
        apart.submit(drawing.watch, again, tmp_path, goes_on).result()
    assert check(tmp_path) == []


def _dark(colour: str) -> list[float]:
    """A colour as the dark scheme shows it: `invert(.92) hue-rotate(180deg)`."""
    inverted = [v + (1 - 2 * v) * 0.92 for v in _channels(colour)]
    grey = 0.213 * inverted[0] + 0.715 * inverted[1] + 0.072 * inverted[2]
    return [min(1.0, max(0.0, 2 * grey - v)) for v in inverted]


def _channels(colour: str) -> list[float]:
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    return [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]


def _contrast(one: list[float], other: list[float]) -> float:
    def light(channels: list[float]) -> float:
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels]
        return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [("ink", "n0"), ("ink", "paper"), ("ink", "wash"), ("muted", "n0"), ("muted", "paper"),
     ("muted", "n100"), ("n0", "ink"), ("n300", "ink")],
)  # fmt: skip
def test_text_is_legible_in_the_light_and_in_the_dark(ink: str, ground: str) -> None:
    css = (checks.KIT / "drawing.css").read_text("utf-8")
    colours = dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{3,6});", css))
    assert _contrast(_channels(colours[ink]), _channels(colours[ground])) >= 4.5
    assert _contrast(_dark(colours[ink]), _dark(colours[ground])) >= 4.5
