"""The file that link checks remember in: whose it is, and what damage and a full disk cost."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

import kill
from kb.finding import InputError
from kb_tools.web import history, job
from kb_tools.web.history import History, Record
from kb_tools.web.verdict import Verdict

NOW = 1_800_000_000.0
RECORD = Record("http://a.test/", NOW, Verdict("ok"), {})


def rows(cache: Path) -> int:
    with contextlib.closing(sqlite3.connect(cache)) as db:
        return int(db.execute("SELECT count(*) FROM page").fetchone()[0])


def held(cache: Path, count: int = 300) -> bytes:
    """A history of so many pages; gives its bytes."""
    with History(cache) as history:
        for number in range(count):
            history.put(RECORD._replace(url=f"http://{number}.test/{'x' * 40}"))
    return cache.read_bytes()


@pytest.mark.parametrize("place", [4096, 30_000], ids=["an early block", "a late block"])
def test_a_damaged_history_is_kept_aside_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: int
) -> None:
    cache = tmp_path / "links.sqlite"
    whole = held(cache)
    for aside in ("links.sqlite.bad", "links.sqlite.bad1"):
        damaged = whole[:place] + b"\xff" * 900 + whole[place + 900 :]
        cache.write_bytes(damaged)
        with history.open_history(cache) as opened:
            assert opened.rows() == []
            opened.put(RECORD)
        assert rows(cache) == 1
        assert (tmp_path / aside).read_bytes() == damaged
        assert f"kept as {tmp_path / aside}" in capsys.readouterr().err


def test_an_intact_history_is_not_put_aside(tmp_path: Path) -> None:
    held(tmp_path / "h")
    with history.open_history(tmp_path / "h") as opened:
        assert opened.get(f"http://7.test/{'x' * 40}")
    assert [path.name for path in tmp_path.iterdir()] == ["h"]


def _other_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE page (url TEXT, mine TEXT)")
        db.execute("INSERT INTO page VALUES ('a', 'b')")
        db.commit()


def _marked_by_others(path: Path) -> None:
    held(path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA application_id = 17")


FOREIGN: dict[str, Callable[[Path], object]] = {
    "notes": lambda path: path.write_text("my notes\n" * 50, "utf-8"),
    "a short file": lambda path: path.write_text("x", "utf-8"),
    "another database": _other_database,
    "a database with another's mark": _marked_by_others,
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_no_history_of_ours_is_left_as_it_is(tmp_path: Path, kind: str) -> None:
    path, mine = tmp_path / "x", tmp_path / "mine"
    FOREIGN[kind](path)
    before = kill.tree(tmp_path)
    for work in (
        lambda: job.run([], job.Options("2026-11-23", cache=path), NOW),
        lambda: job.merge(mine, [path]),
        lambda: job.merge(path, []),
    ):
        with pytest.raises(InputError, match=r"is no (cache|plain file)"):
            work()
        assert kill.tree(tmp_path) == before


@pytest.mark.parametrize("version", [0, 1])
def test_a_history_from_before_the_mark_is_taken_and_marked(tmp_path: Path, version: int) -> None:
    path = tmp_path / "h"
    held(path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE reading")  # which is younger than the mark
        db.execute("PRAGMA application_id = 0")
        db.execute(f"PRAGMA user_version = {version}")
    with history.open_history(path) as opened:
        assert opened.get(f"http://7.test/{'x' * 40}")
    assert path.read_bytes()[68:72] == b"kblk"
    assert rows(path) == 300


def test_on_a_full_disk_a_run_goes_on_and_says_that_it_remembers_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, real = tmp_path / "h", sqlite3.connect
    held(cache, 30)
    with contextlib.closing(real(cache)) as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]

    def small(place: object, *given: object, **named: object) -> sqlite3.Connection:
        db: sqlite3.Connection = real(place, *given, **named)  # type: ignore[call-overload]
        if place == cache:
            db.execute(f"PRAGMA max_page_count = {pages}")
        return db

    monkeypatch.setattr(sqlite3, "connect", small)
    with history.open_history(cache) as opened:
        for number in range(200):
            url = f"http://new{number}.test/{'y' * 400}"
            assert opened.put(RECORD._replace(url=url)).url == url
        assert opened.get(f"http://7.test/{'x' * 40}"), "what was known is known still"
        opened.forget(NOW - 1)
    assert capsys.readouterr().err.count("are not kept") == 1
    assert rows(cache) >= 30


def test_a_damaged_part_is_named_and_nothing_merged(tmp_path: Path) -> None:
    whole = held(tmp_path / "part")
    (tmp_path / "part").write_bytes(whole[:4096] + b"\xff" * 900 + whole[4996:])
    with pytest.raises(InputError, match="part is damaged"):
        job.merge(tmp_path / "all", [tmp_path / "part"])
    assert not (tmp_path / "all").exists()
