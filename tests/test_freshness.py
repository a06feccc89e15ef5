"""Old pictures, changed pictures, and the pictures of the theme."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from conftest import GUIDE, copy_project
from golden import settle, write
from kb import checks, ledger, project
from kb.pictures import fresh, theme
from kb.pictures.entries import Entry
from kb_tools import mend

ROOT = Path(__file__).parent.parent
LEDGER = """\
- path: 2026-11/{locale}/a.png
  kind: capture
  of: the settings of an app
  captured: 2026-01-01
  ttl_days: 10
  alt: {zh: 设置页面的按钮, en: The button of the settings}
  caption: {zh: 甲, en: A}
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the guide, whose archived edition alone shows pictures."""
    return copy_project(tmp_path_factory.mktemp("guide"))


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-01-11", []),
        (
            "2026-01-12",
            ["image-due: '2026-11/{locale}/a.png' is 1 day overdue (11 days old, of 10)"],
        ),
        (
            "2026-01-21",
            ["image-due: '2026-11/{locale}/a.png' is 10 days overdue (20 days old, of 10)"],
        ),
        (
            "2026-01-22",
            ["image-expired: '2026-11/{locale}/a.png' is 11 days overdue (21 days old, of 10)"],
        ),
        ("2025-12-31", []),  # a clock that is behind: kb.clock says so, once
    ],
)
def test_a_picture_is_due_after_its_time_and_expired_after_twice_of_it(
    day: str, said: list[str]
) -> None:
    late = list(fresh.status(ledger.load(LEDGER, "l.yml"), date.fromisoformat(day)))
    found = [due.finding for due in late]
    told = [line.replace("{}", "2026-11/{locale}/a.png") for line in said]
    assert [f"{f.rule}: {f.message}" for f in found] == told
    assert {(f.line, f.severity) for f in found} <= {(4, "warning")}


def test_a_day_that_does_not_exist_is_found() -> None:
    text = LEDGER.replace("2026-01-01", "2026-02-30")
    held = ledger.load(text, "l.yml", "screenshots")
    assert [str(found) for found in held.findings] == [
        "l.yml:4: 0.captured: '2026-02-30' is not a 'date' [ledger-schema]"
    ]
    assert list(fresh.status(held, date(2030, 1, 1))) == []


def test_the_reader_is_told_from_the_day_it_is_due() -> None:
    entry = Entry("", "", captured="2026-01-01", ttl_days=10)
    assert fresh.note(entry, "en", date(2026, 1, 11)) == ""
    assert "2026-01-01" in fresh.note(entry, "en", date(2026, 1, 12))
    assert "2026-01-01" in fresh.note(entry, "zh", date(2026, 1, 12))


def test_a_capture_may_not_change_without_its_date() -> None:
    listed = ledger.load(LEDGER, "l.yml")
    later = ledger.load(LEDGER.replace("2026-01-01", "2026-02-01"), "l.yml")
    first = {"2026-11/zh/a.png": "1", "2026-11/zh/a.phone.png": "2"}
    changed = first | {"2026-11/zh/a.phone.png": "3"}

    def said(digests: dict[str, str], held: ledger.Ledger, lock: fresh.Lock) -> list[str]:
        found = list(fresh.check_lock(digests, held, ["zh", "en"], lock))
        assert {f.rule for f in found} <= {"image-undated"}
        return [f.message for f in found]

    lock = mend.record(first, listed, ["zh", "en"], {})
    assert sorted(lock) == ["2026-11/zh/a.phone.png", "2026-11/zh/a.png"]
    assert said(first, listed, lock) == []
    assert said(first, listed, {}) == [
        f"'docs/{path}' is not recorded in {fresh.LOCK}" for path in first
    ]
    assert said(changed, listed, lock) == [
        "'docs/2026-11/zh/a.phone.png' has other bytes than on 2026-01-01"
    ]
    assert mend.record(changed, listed, ["zh", "en"], lock) == lock, "its date is still asked for"
    assert len(said(changed, later, lock)) == 2
    assert said(changed, later, mend.record(changed, later, ["zh", "en"], lock)) == []


def test_drawings_have_a_lock_of_their_own() -> None:
    text = LEDGER.replace("kind: capture", "kind: drawing\n  source: drawings/a.yml")
    listed = ledger.load(text, "l.yml")
    assert list(fresh.check_lock({"2026-11/zh/a.png": "1"}, listed, ["zh"], {})) == []
    assert mend.record({"2026-11/zh/a.png": "1"}, listed, ["zh"], {}) == {}


def test_the_lock_is_read_as_it_was_written() -> None:
    lock = {"2026-11/zh/a.png": {"captured": "2026-01-01", "bytes": "1"}}
    read = ledger.load(mend.lock_text(lock), fresh.LOCK, "captures.lock")
    assert (read.data, read.findings) == (lock, ())


DRAWN = "2023-07/en/images/post/2023/07/ChatGPT-Plus.png"
LOCK = "docs/ledgers/drawings.lock"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lock: lock, []),
        (lambda lock: None, ["there is no such file [ledger-missing]"]),
        (
            lambda lock: lock.replace(f"docs/{DRAWN}", "docs/2023-07/en/gone.png"),
            [
                f"'docs/{DRAWN}' is not what {LOCK} records [drawing-stale]",
                "'docs/2023-07/en/gone.png' is recorded and does not exist [drawing-stale]",
            ],
        ),
        (
            lambda lock: lock.replace("  from: ", "  form: ", 1),
            [
                f"docs/{DRAWN}: 'from' is a required property [ledger-schema]",
                f"docs/{DRAWN}: Additional properties are not allowed ('form' was unexpected) "
                "[ledger-schema]",
            ],
        ),
        (
            lambda lock: lock + "docs/x.gif: {from: a, png: 1, text: wide}\n",
            [
                r"'docs/x.gif' does not match '^docs/.+\\.png$' [ledger-schema]",
                "docs/x.gif.from: 'a' does not match '^[0-9a-f]{64}$' [ledger-schema]",
                "docs/x.gif.png: 1 is not of type 'string' [ledger-schema]",
                r"docs/x.gif.text: 'wide' does not match '^\\d+\\.\\d$' [ledger-schema]",
            ],
        ),
    ],
)
def test_drawings_that_an_archive_alone_shows_are_those_of_the_lock(
    archive: Path, change: Callable[[str], str | None], said: list[str]
) -> None:
    lock = archive / LOCK
    before = lock.read_text("utf-8")
    lock.unlink()
    if (text := change(before)) is not None:
        lock.write_text(text, "utf-8")
    found = checks.check_sources(project.read(archive), GUIDE.newest.day)
    lock.write_text(before, "utf-8")
    assert [f"{each.message} [{each.rule}]" for each in found] == said
    assert all(each.line > 1 or each.rule == "ledger-missing" for each in found)


def test_a_picture_of_an_archive_that_was_changed_is_found(archive: Path) -> None:
    picture = archive / "docs" / DRAWN
    before = picture.read_bytes()
    Image.open(io.BytesIO(before)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(picture)
    found = checks.check_sources(project.read(archive), GUIDE.newest.day)
    picture.write_bytes(before)
    assert f"'docs/{DRAWN}' is not what {LOCK} records" in [each.message for each in found]


def test_captures_of_an_archive_keep_their_record(archive: Path) -> None:
    folder = archive / "docs/2023-07"
    record, at = folder / "record/screenshots.yml", "2023-07/{locale}/images/shot.png"
    before, listed = record.read_text("utf-8"), LEDGER.replace("2026-11/{locale}/a.png", at)
    record.write_text(before + listed, "utf-8")
    for number, locale in enumerate(("zh", "en")):
        Image.new("RGB", (40, 30 + number)).save(folder / locale / "images/shot.png")

    def told() -> list[str]:
        found = checks.check_sources(project.read(archive), date(2026, 1, 1))
        return [each.message for each in found if each.rule in ("image-undated", "ledger-missing")]

    assert told() == ["there is no such file"]
    lock = archive / fresh.LOCK
    digests = {path: file.digest for path, file in project.read(archive).pictures.items()}
    ours = {path: digest for path, digest in digests.items() if path.endswith("shot.png")}
    recorded = {path: {"captured": "2026-01-01", "bytes": each} for path, each in ours.items()}
    lock.write_text(mend.lock_text(recorded), "utf-8")
    assert (len(ours), told()) == (2, [])
    mend.fix(project.read(archive)._replace(pictures={}), progress=lambda _: None)
    assert told() == [], "what mends the current edition forgets no other"
    Image.new("RGB", (41, 30)).save(folder / "zh/images/shot.png")
    assert told() == ["'docs/2023-07/zh/images/shot.png' has other bytes than on 2026-01-01"]
    (folder / "zh/images/shot.png").unlink()
    assert told() == ["'2023-07/zh/images/shot.png' is recorded and does not exist"]
    for path in (lock, folder / "en/images/shot.png"):
        path.unlink()
    record.write_text(before, "utf-8")


def test_the_pictures_of_the_theme(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "docs/2026-11/zh/index.md": "Text.",
            "docs/2026-11/zh/icon.png": [8, 6],
            "mkdocs.yml": "theme:\n  logo: assets/logo.svg\n  favicon: assets/gone.svg\n",
            "mkdocs.2026-11.yml": "theme:\n  favicon: zh/icon.png\n",
            "overrides/main.html": '<img src="{{ "assets/a.png" | url }}">\n"assets/B.png"',
            "overrides/assets/kb.css": "a { background: url(c.png) }\nb { mask: url(data:x.png) }",
            "overrides/assets/logo.svg": "<svg xmlns='http://www.w3.org/2000/svg' onload='go()'/>",
            **{f"overrides/assets/{name}.png": [8, 6] for name in "abcd"},
        },
    )
    settle(tmp_path)
    assert [
        str(finding).splitlines()[0] for finding in theme.check(project.read(tmp_path).theme)
    ] == [
        "mkdocs.yml:3: picture 'assets/gone.svg' does not exist [image-missing]",
        "overrides/assets/b.png:1: nothing shows 'overrides/assets/b.png' [image-unused]",
        "overrides/assets/d.png:1: nothing shows 'overrides/assets/d.png' [image-unused]",
        "overrides/assets/logo.svg:1: is more than a picture: handler 'onload' [image-active]",
        "overrides/main.html:2: picture 'assets/B.png' is written otherwise than its file "
        "[image-case]",
    ]


def test_the_project_is_fresh_recorded_and_clean() -> None:
    assert [str(found) for found in checks.check_sources(GUIDE, date(2026, 11, 29))] == []
