"""Private data in the pixels: what the detectors see in lines, and the reader in real pictures."""

from __future__ import annotations

import hashlib
import importlib.util
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageOps

from golden import settle, write
from kb import ledger, project
from kb.__main__ import main
from kb.data import beside
from kb.finding import InputError
from kb.pictures import probe
from kb.pictures.entries import LEDGER as NAME
from kb.pictures.probe import File
from kb_tools import ocr, private
from screens import NAMES, screens

ROOT = Path(__file__).parent.parent


def reader(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that reads pictures."""
    missing = importlib.util.find_spec("rapidocr") is None
    reason = "the dependency group `ocr` is not there"
    return pytest.mark.ocr(pytest.mark.skipif(missing, reason=reason)(test))


ROWS = beside(private.__file__)
SEEN = [(row["kind"], str(text), seen) for row in ROWS for text, seen in row["found"].items()]
MISSED = [(row["kind"], str(text)) for row in ROWS for text in row.get("silent", ())]


@pytest.mark.parametrize(("kind", "text", "seen"), SEEN)
def test_what_each_kind_sees(kind: str, text: str, seen: str) -> None:
    assert private.find(text.split("\n")) == [private.Hit(kind, seen)]


@pytest.mark.parametrize(("kind", "text"), MISSED)
def test_what_is_nearly_of_a_kind_is_of_none(kind: str, text: str) -> None:
    assert private.find(text.split("\n")) == []


def test_every_kind_has_examples_on_both_sides() -> None:
    kinds = {row["kind"] for row in ROWS}
    assert kinds == {kind for kind, *_ in SEEN}
    assert kinds - {kind for kind, _ in MISSED} == {
        "contact", "payment", "network and its password",  # a code of these has no harmless form
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("Holder: ZhangSan", ["Zhang San"]),
        ("Zhang Sandy", []),
        ("用户李雷的卡", ["李雷"]),
    ],
)
def test_listed_names(line: str, named: list[str]) -> None:
    found = private.find([line], ["Zhang San", "李雷"])
    assert [hit.text for hit in found if hit.kind == "listed name"] == named


def test_a_wrapped_key_is_seen_whole() -> None:
    lines = ["sk-proj-Ab12Cd34Ef56Gh78", "Ij90Kl12Mn34"]
    assert private.Hit("API key", "".join(lines)) in private.find(lines)


def test_values_follow_their_labels_row_by_row() -> None:
    boxes = [
        ocr.Box("508", 300, 340, 12, 30),
        ocr.Box("Name", 10, 60, 41, 60),
        ocr.Box("CVV", 10, 50, 14, 34),
        ocr.Box("李雷", 300, 340, 40, 60),
    ]
    assert ocr.ordered(boxes) == ["CVV", "508", "Name", "李雷"]


LEDGER = """\
- path: 2026-11/{locale}/a.png
  kind: capture
  names: [李雷]
  allow:
    - {text: HJIBK3, reason: printed in the post itself}
    - {text: nobody@mail.com, reason: not in the picture}
"""


def test_the_ledger_lists_names_and_allows_texts_with_a_reason() -> None:
    listed = ledger.load(LEDGER, "l.yml")
    lines = {
        "2026-11/zh/a.png": ["邀请码", "HJIBK3"],
        "2026-11/zh/a.phone.png": ["邀请码 HJIBK3"],
        "2026-11/en/a.png": ["李 雷"],
        "2026-11/zh/b.png": ["邀请码 HJIBK3"],
    }
    found = ocr.check(lines, listed, ["zh", "en"])
    assert [str(finding).splitlines()[0] for finding in found] == [
        "docs/2026-11/en/a.png:1: shows what looks like a private listed name: '李雷'"
        " [image-reveals]",
        "docs/2026-11/zh/b.png:1: shows what looks like a private code: 'HJIBK3' [image-reveals]",
        "l.yml:6: allows the text 'nobody@mail.com', which is not found [image-allow-unused]",
    ]


def test_a_picture_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a")
    (tmp_path / "b.png").write_bytes(b"a")
    same = File(1, 1, digest=hashlib.sha256(b"a").hexdigest())
    files = {"a.png": same, "b.png": same, "c.png": File(0, 0, "cut off"), "d.svg": File(0, 0)}
    files["d.svg"] = File(1, 1, kind="SVG")
    seen: list[bytes] = []

    def reader() -> ocr.Reader:
        return lambda data: [str(seen.append(data) or "text")]

    cache = tmp_path / "ocr.json"
    lines = {"a.png": ["text"], "b.png": ["text"]}
    for _ in range(2):
        assert ocr.read_all(tmp_path, files, reader, cache, "1") == lines
    assert seen == [b"a"]
    ocr.read_all(tmp_path, files, reader, cache, "2")
    assert seen == [b"a", b"a"], "another reader may read otherwise"


def test_without_the_reader_the_message_names_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rapidocr", None)
    with pytest.raises(InputError, match="make ocr"):
        ocr.reader()


OTP = "otpauth://totp/Guide:li?secret=JBSWY3DPEHPK3PXP"


def code(
    content: str, ink: str = "black", ground: str = "white", kind: str = "QRCode", scale: int = 4
) -> bytes:
    """A screen with a code on it."""
    formats = getattr(zxingcpp.BarcodeFormat, kind)
    drawn = Image.fromarray(zxingcpp.create_barcode(content, formats).to_image(scale=scale))
    screen = Image.new("RGB", (600, 400), "#eef")
    screen.paste(ImageOps.colorize(drawn.convert("L"), ink, ground), (40, 60))
    out = io.BytesIO()
    screen.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OTP, f"second factor: '{OTP}'"),
        ("https://u.wechat.com/MGFzZGY4", "contact: 'https://u.wechat.com/MGFzZGY4'"),
        ("https://help.openai.com/en/articles/6891753", ""),
    ],
)
@pytest.mark.parametrize("inks", [("black", "white"), ("#e8eaed", "#17191c")])
def test_kb_check_reads_the_codes_in_pictures_and_the_ledger_allows_one(
    tmp_path: Path, content: str, said: str, inks: tuple[str, str],
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    picture = "docs/2026-11/zh/images/a.png"
    write(tmp_path, {"docs/2026-11/zh/index.md": "# 甲 { #a }\n", picture: code(content, *inks)})
    settle(tmp_path)
    main(["--root", str(tmp_path), "check"])
    told = [line for line in capsys.readouterr().out.split("\n") if "[image-reveals]" in line]
    message = f"{picture}:1: shows what looks like a private {said} [image-reveals]"
    assert told == ([message] if said else [])
    entry = f"- path: 2026-11/zh/images/a.png\n  allow: [{{text: '{content}', reason: a sample}}]\n"
    lines = {"2026-11/zh/images/a.png": [f"{private.CODE}{content}"]}
    found = ocr.check(lines, ledger.load(entry, "l.yml"), ["zh"])
    unused = "l.yml:2: allows the text"
    assert [str(each).startswith(unused) for each in found] == ([] if said else [True])


@pytest.mark.parametrize(("text", "hits"), [("Call 13571862940", 1), ("Call 1357186294", 0)])
def test_the_words_of_a_drawing_are_read_without_a_reader(
    tmp_path: Path, text: str, hits: int
) -> None:
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg"><g><text>{text}</text></g></svg>'
    write(tmp_path, {"docs/2026-11/zh/a.svg": {"broken": drawn}})
    files = probe.read({"2026-11/zh/a.svg": tmp_path / "docs/2026-11/zh/a.svg"})
    found = ocr.check_pictures(tmp_path, files, ledger.load("[]", "l.yml"), ["zh"], words=False)
    assert [each.rule for each in found] == ["image-reveals"] * hits


def test_allowed_words_are_not_missed_where_only_codes_are_read() -> None:
    listed = ledger.load(LEDGER, "l.yml")
    assert ocr.check({"2026-11/zh/a.png": []}, listed, ["zh"], words=False) == []
    assert len(ocr.check({"2026-11/zh/a.png": []}, listed, ["zh"])) == 2


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_code_is_read_however_it_lies_and_on_clear_ground(turn: int) -> None:
    with Image.open(io.BytesIO(code(OTP))) as image:
        turned = image.rotate(turn, expand=True)
    assert probe.read_codes(turned) == [OTP]
    clear = turned.convert("RGBA")
    clear.putalpha(turned.convert("L").point(lambda light: 255 - light))
    assert probe.read_codes(clear) == [OTP]


def test_codes_are_kept_with_what_else_is_known_of_a_picture(tmp_path: Path) -> None:
    cache = tmp_path / "pictures.json"
    path = tmp_path / "a.png"
    path.write_bytes(code(OTP))
    first = probe.read({"a.png": path}, cache)
    assert first["a.png"].codes == (OTP,)
    assert probe.read({"a.png": path}, cache) == first


@reader
@pytest.mark.parametrize("kind", ["Code128", "DataMatrix", "PDF417"])
def test_codes_of_parcels_and_tickets_are_read_with_the_words(kind: str) -> None:
    shown = code("SF1402938475612", kind=kind, scale=2)
    assert f"{private.CODE}SF1402938475612" in ocr.reader()(shown)


@reader
@pytest.mark.parametrize("turn", [90, 270])
def test_a_screen_that_lies_on_its_side_is_read(turn: int) -> None:
    screen = next(iter(screens(seed=2)))
    with Image.open(io.BytesIO(screen.png)) as image:
        out = io.BytesIO()
        image.rotate(turn, expand=True).save(out, "PNG")
    hits = {private.Hit(h.kind, h.text) for h in private.find(ocr.reader()(out.getvalue()), NAMES)}
    missed = [p for p in screen.planted if not _found(p.kind, p.text, hits)]
    assert len(missed) <= 1, missed


@reader
def test_planted_data_is_found_at_real_screen_sizes() -> None:
    read = ocr.reader()
    missed, planted = [], 0
    for screen in screens(seed=1):
        hits = {private.Hit(h.kind, h.text) for h in private.find(read(screen.png), NAMES)}
        planted += len(screen.planted)
        missed += [(screen.name, p) for p in screen.planted if not _found(p.kind, p.text, hits)]
    assert planted == 190
    assert len(missed) <= 0.05 * planted, missed


def _found(kind: str, text: str, hits: set[private.Hit]) -> bool:
    """Whether a text was told: of its kind, and nearly every character as it was planted."""
    wanted = "".join(text.split()).casefold()
    for hit in hits:
        seen = "".join(hit.text.split()).casefold()
        same = sum(one == other for one, other in zip(wanted, seen, strict=False))
        if hit.kind in (kind, "key or address") and same >= 0.8 * len(wanted):
            return True
    return False


@reader
def test_the_drawings_of_the_guide_give_no_alarm() -> None:
    held = project.read(ROOT)
    listed, locales = held.ledger(NAME), held.editions.locales
    assert ocr.check_pictures(ROOT, held.pictures, listed, locales, words=True) == []


@pytest.mark.parametrize(
    ("digits", "known"),
    [
        ("453957876361", False),
        ("4539578763628", True),
        ("4539578763621486123", True),
        ("45395787636214861230", False),
    ],
)
def test_a_card_has_13_to_19_digits(digits: str, known: bool) -> None:
    assert bool(private.card(digits)) is known
