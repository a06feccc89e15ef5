"""Private data in the pixels: what the detectors see in lines, and the reader in real pictures."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import pytest

from kb import ledger, project
from kb.errors import InputError
from kb.pictures.entries import LEDGER as NAME
from kb.pictures.probe import File
from kb_tools import ocr, private
from screens import NAMES, screens

ROOT = Path(__file__).parent.parent
READER = pytest.mark.skipif(
    importlib.util.find_spec("rapidocr") is None, reason="the dependency group `ocr` is not there"
)

# A line, and what is seen in it; None: a near miss.
LINES = [
    ("联系 wang.wu@mail.qq.com。", "e-mail address wang.wu@mail.qq.com"),
    ("li @ gmail. com", "e-mail address li@gmail.com"),
    ("z***@gmail.com", None),
    ("you@example.com", None),
    ("@openai on the web", None),
    ("手机 138 1234 5678", "phone number 13812345678"),
    ("+86-13812345678", "phone number +86-13812345678"),
    ("138****5678", None),
    ("12812345678", None),
    ("订单 2023071213812345678", None),
    ("+44 20 7946 0958", "phone number +442079460958"),
    ("+1 (415) 723-4567", "phone number +1(415)723-4567"),
    ("(415) 555-0142", None),
    ("+10% in 2023", None),
    ("4539 5787 6362 1486", "card number 4539578763621486"),
    ("453957876362l486", "card number 4539578763621486"),
    ("4539 5787 6362 1487", None),
    ("no 453957876361", None),
    ("no 4539578763628", "card number 4539578763628"),
    ("no 4539578763621486123", "card number 4539578763621486123"),
    ("no 45395787636214861230", None),
    ("4242 4242 4242 4242", None),
    ("**** **** **** 1486", None),
    ("2023 0712 1020 3040", None),
    ("11010519491231002X", "ID-card number 11010519491231002X"),
    ("1101O5 19491231 002x", "ID-card number 11010519491231002x"),
    ("110105194912310021", None),
    ("11010519491331002X", None),
    ("TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", "wallet address TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"),
    ("0x52908400098527886E0F7030069857D2E4169EE7",
     "wallet address 0x52908400098527886E0F7030069857D2E4169EE7"),
    ("0x5290…9EE7", None),
    ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
     "wallet address bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
    ("Internationalization1234Handbook", None),
    ("https://a.example/AbCdEf123456GhIjKl7890MnOpQr", None),
    ("sk-proj-Ab12Cd34Ef56Gh78Ij90", "API key sk-proj-Ab12Cd34Ef56Gh78Ij90"),
    ("sk-...3fQx", None),
    ("AKIAIOSFODNN7EXAMPLE", "API key AKIAIOSFODNN7EXAMPLE"),
    ("risk-free-subscription-for-you", None),
    ("邀请码：HJIBK3", "code HJIBK3"),
    ("Invitation code HJIBK3", "code HJIBK3"),
    ("HJIBK3", None),
    ("填写邀请码 USDT TRC20", None),
    ("邀请码在 2023 年有效", None),
    ("CVV: 123", "security code 123"),
    ("CW 123", "security code 123"),
    ("CVV 充值 2023 年", None),
    ("Holder: ZhangSan", "listed name Zhang San"),
    ("Zhang Sandy", None),
    ("用户李雷的卡", "listed name 李雷"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), LINES)
def test_a_line(line: str, said: str | None) -> None:
    found = [f"{hit.kind} {hit.text}" for hit in private.find([line], ["Zhang San", "李雷"])]
    assert found == ([said] if said else [])


def test_a_code_may_stand_below_its_label_but_not_far_from_it() -> None:
    assert private.find(["邀请码", "（公测）", "HJIBK3"]) == [private.Hit("code", "HJIBK3")]
    assert private.find(["邀请码", "一", "二", "HJIBK3"]) == []


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
    with pytest.raises(InputError, match="dependency group `ocr`"):
        ocr.reader()


@READER
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


@READER
def test_the_drawings_of_the_guide_give_no_alarm() -> None:
    held = project.read(ROOT)
    listed, locales = held.ledger(NAME), held.editions.locales
    assert ocr.check_pictures(ROOT, held.pictures, listed, locales) == []


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
    assert private.is_card(digits) is known
