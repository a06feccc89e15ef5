"""Old pictures, changed pictures, and the pictures of the theme."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from golden import write
from kb import files, ledger
from kb.pictures import fresh, review, theme
from kb.pictures.entries import Entry

ROOT = Path(__file__).parent.parent
LEDGER = """\
- path: e1/{locale}/a.png
  kind: capture
  of: the settings of an app
  captured: 2026-01-01
  ttl_days: 10
  alt: {zh: 设置页面的按钮, en: The button of the settings}
  caption: {zh: 甲, en: A}
"""


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-01-11", []),
        ("2026-01-12", ["image-due: 'e1/{locale}/a.png' is 1 day overdue (11 days old, of 10)"]),
        ("2026-01-21", ["image-due: 'e1/{locale}/a.png' is 10 days overdue (20 days old, of 10)"]),
        (
            "2026-01-22",
            ["image-expired: 'e1/{locale}/a.png' is 11 days overdue (21 days old, of 10)"],
        ),
        ("2025-12-31", []),  # a clock that is behind: kb.clock says so, once
    ],
)
def test_a_picture_is_due_after_its_time_and_expired_after_twice_of_it(
    day: str, said: list[str]
) -> None:
    late = fresh.status(ledger.load(LEDGER, "l.yml"), date.fromisoformat(day))
    found = [due.finding for due in late]
    assert [f"{f.rule}: {f.message}" for f in found] == said
    assert {(f.line, f.severity) for f in found} <= {(4, "warning")}


def test_a_day_that_does_not_exist_is_found() -> None:
    text = LEDGER.replace("2026-01-01", "2026-02-30")
    held = ledger.load(text, "l.yml", "screenshots")
    assert [str(found) for found in held.findings] == [
        "l.yml:4: 0.captured: '2026-02-30' is not a 'date' [ledger-schema]"
    ]
    assert fresh.status(held, date(2030, 1, 1)) == []


def test_the_reader_is_told_from_the_day_it_is_due() -> None:
    entry = Entry("", "", captured="2026-01-01", ttl_days=10)
    assert fresh.note(entry, "en", date(2026, 1, 11)) == ""
    assert "2026-01-01" in fresh.note(entry, "en", date(2026, 1, 12))
    assert "2026-01-01" in fresh.note(entry, "zh", date(2026, 1, 12))


def test_a_capture_may_not_change_without_its_date() -> None:
    listed = ledger.load(LEDGER, "l.yml")
    later = ledger.load(LEDGER.replace("2026-01-01", "2026-02-01"), "l.yml")
    first = {"e1/zh/a.png": "1", "e1/zh/a.phone.png": "2"}
    changed = first | {"e1/zh/a.phone.png": "3"}

    def said(digests: dict[str, str], held: ledger.Ledger, lock: fresh.Lock) -> list[str]:
        found = fresh.check_lock(digests, held, ["zh", "en"], lock)
        assert {f.rule for f in found} <= {"image-undated"}
        return [f.message for f in found]

    lock = fresh.record(first, listed, ["zh", "en"], {})
    assert sorted(lock) == ["e1/zh/a.phone.png", "e1/zh/a.png"]
    assert said(first, listed, lock) == []
    assert said(first, listed, {}) == [
        f"'docs/{path}' is not recorded in {fresh.LOCK}" for path in first
    ]
    assert said(changed, listed, lock) == [
        "'docs/e1/zh/a.phone.png' has other bytes than on 2026-01-01"
    ]
    assert fresh.record(changed, listed, ["zh", "en"], lock) == lock, "its date is still asked for"
    assert len(said(changed, later, lock)) == 2
    assert said(changed, later, fresh.record(changed, later, ["zh", "en"], lock)) == []


def test_drawings_have_a_lock_of_their_own() -> None:
    text = LEDGER.replace("kind: capture", "kind: drawing\n  source: drawings/a.yml")
    listed = ledger.load(text, "l.yml")
    assert fresh.check_lock({"e1/zh/a.png": "1"}, listed, ["zh"], {}) == []
    assert fresh.record({"e1/zh/a.png": "1"}, listed, ["zh"], {}) == {}


def test_the_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    lock = {"e1/zh/a.png": {"captured": "2026-01-01", "bytes": "1"}}
    files.write(tmp_path, fresh.LOCK, fresh.lock_text(lock))
    assert fresh.read_lock(tmp_path) == lock


def test_the_pictures_of_the_theme(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "docs/e1/zh/index.md": "Text.",
            "docs/e1/zh/icon.png": [8, 6],
            "mkdocs.yml": "theme:\n  logo: assets/logo.svg\n  favicon: assets/gone.svg\n",
            "mkdocs.e1.yml": "theme:\n  favicon: zh/icon.png\n",
            "overrides/main.html": '<img src="{{ "assets/a.png" | url }}">\n"assets/B.png"',
            "overrides/assets/kb.css": "a { background: url(c.png) }\nb { mask: url(data:x.png) }",
            "overrides/assets/logo.svg": "<svg xmlns='http://www.w3.org/2000/svg' onload='go()'/>",
            **{f"overrides/assets/{name}.png": [8, 6] for name in "abcd"},
        },
    )
    assert [str(finding).splitlines()[0] for finding in theme.check(theme.read(tmp_path))] == [
        "mkdocs.yml:3: picture 'assets/gone.svg' does not exist [image-missing]",
        "overrides/assets/b.png:1: nothing shows 'overrides/assets/b.png' [image-unused]",
        "overrides/assets/d.png:1: nothing shows 'overrides/assets/d.png' [image-unused]",
        "overrides/assets/logo.svg:1: is more than a picture: handler 'onload' [image-active]",
        "overrides/main.html:2: picture 'assets/B.png' is written otherwise than its file "
        "[image-case]",
    ]


def test_the_project_is_fresh_recorded_and_clean() -> None:
    assert [str(finding) for finding in review.check(ROOT, date(2026, 11, 23))] == []


@pytest.mark.parametrize(
    "text",
    [b"<<<<<<< HEAD\n{}\n", b"[1]\n", b"a: b\n", b"", b"a: {b: [c]}\n", "a: 价".encode("gbk")],
)
@pytest.mark.parametrize("lock", [fresh.LOCK, "docs/ledgers/drawings.lock"])
def test_a_lock_with_a_fault_is_named_and_the_rest_is_checked(
    tmp_path: Path, lock: str, text: bytes
) -> None:
    write(
        tmp_path,
        {
            "docs/e1/zh/index.md": "Text.",
            "docs/ledgers/screenshots.yml": "[]\n",
            lock: "",
            "mkdocs.yml": "theme:\n  logo: assets/gone.svg\n",
        },
    )
    (tmp_path / lock).write_bytes(text)
    found = review.check(tmp_path, date(2026, 11, 29))
    assert [(each.path, each.line) for each in found if each.path == lock] == [(lock, 1)]
    assert [each.rule for each in found if each.path != lock] == ["image-missing"]
