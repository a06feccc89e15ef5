"""What earlier runs learnt: one SQLite file, safe against being killed and against a second run.

Every result is its own transaction in write-ahead mode: a run that dies leaves all it had learnt.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Self

from kb import files
from kb.finding import InputError
from kb_tools import writing
from kb_tools.watch.visit import Reading
from kb_tools.web.verdict import NOT_ITS_FAULT, Verdict

_DAY = 86400.0
_VERSION = 1
_OURS = 0x6B626C6B  # SQLite's application_id of a history: "kblk"
_WAIT = 30.0  # seconds for another run to finish a write
_SCHEMA = """
CREATE TABLE IF NOT EXISTS page (
  url TEXT PRIMARY KEY,
  checked REAL NOT NULL,
  answer TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
  redirect TEXT NOT NULL, target TEXT NOT NULL,
  shell INTEGER NOT NULL,
  fragments TEXT NOT NULL,
  failures INTEGER NOT NULL,
  failing_since REAL
) WITHOUT ROWID
"""
_READINGS = """
CREATE TABLE IF NOT EXISTS reading (
  fact TEXT NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL, asked TEXT NOT NULL,
  visited REAL NOT NULL, checked REAL NOT NULL, since REAL NOT NULL,
  answer TEXT NOT NULL, words TEXT NOT NULL, other TEXT NOT NULL,
  PRIMARY KEY (url, fact, source)
) WITHOUT ROWID
"""
_COLUMNS = re.findall(r"(\w+) (?:TEXT|REAL|INTEGER)", _SCHEMA)
# The later run knows better; a failure counts once per run, also when two runs end together.
_UPSERT = """
INSERT INTO page VALUES (:url, :checked, :answer, :reason, :detail, :redirect, :target, :shell,
  :fragments, :failures, :failing_since)
ON CONFLICT (url) DO UPDATE SET
  checked = excluded.checked, answer = excluded.answer, reason = excluded.reason,
  detail = excluded.detail, redirect = excluded.redirect, target = excluded.target,
  shell = excluded.shell, fragments = excluded.fragments,
  failures = CASE WHEN excluded.failures THEN page.failures + excluded.failures
                  WHEN :keep THEN page.failures ELSE 0 END,
  failing_since = CASE WHEN excluded.failures
                       THEN coalesce(page.failing_since, excluded.failing_since)
                       WHEN :keep THEN page.failing_since END
WHERE excluded.checked >= page.checked
"""


class Ttl(NamedTuple):
    """For how many days a verdict is believed without asking again."""

    ok: float = 3.0
    broken: float = 0.25
    unknown: float = 0.5


class Patience(NamedTuple):
    """An *unknown* that lasts this many failures over this many days fails after all."""

    failures: int = 3
    days: float = 7.0


class Record(NamedTuple):
    """The last verdict on an address; `fragments` tells of each asked id whether it was missing."""

    url: str
    checked: float
    verdict: Verdict
    fragments: Mapping[str, bool]
    shell: bool = False
    failures: int = 0
    failing_since: float = 0.0


def is_fresh(
    record: Record, fragments: Iterable[str], now: float, ttl: Ttl, max_age: float
) -> bool:
    """Whether a record answers without asking again; `max_age` in days caps the TTLs."""
    if record.verdict.answer == "ok" and not record.fragments.keys() >= set(fragments):
        return False
    if record.verdict.reason in NOT_ITS_FAULT:
        return False
    days: float = min(getattr(ttl, record.verdict.answer), max_age)
    return 0 <= now - record.checked < days * _DAY


def lasts(record: Record, now: float, patience: Patience) -> bool:
    """Whether an *unknown* has lasted too long to be put down to chance."""
    return (
        record.verdict.answer == "unknown"
        and record.verdict.reason != "browser-only"
        and record.failures >= patience.failures
        and now - record.failing_since >= patience.days * _DAY
    )


def _write_ahead(db: sqlite3.Connection) -> None:
    """Switch to write-ahead mode: SQLite's own time-out does not cover this one statement."""
    deadline = time.monotonic() + _WAIT
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


class History:
    """The file, open: `with History(path) as history`."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def __enter__(self) -> Self:
        try:
            if self._path:
                files.make_folder(self._path.parent)
                _check_ours(self._path)
            self._open(self._path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise InputError(f"{self._path}: {error}") from None
            self._forgo(error)
        return self

    def _open(self, path: Path | None) -> None:
        # autocommit: each statement is a transaction; the time-out is for another run's writes
        self._db = sqlite3.connect(path or ":memory:", timeout=_WAIT, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        if self._db.execute("PRAGMA application_id").fetchone()[0] != _OURS:
            self._db.execute(f"PRAGMA application_id = {_OURS}")
        _write_ahead(self._db)
        self._db.execute("PRAGMA synchronous = NORMAL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise InputError(f"{path}: made by another version of the checker; delete it")
        self._db.execute(_SCHEMA)
        self._db.execute(_READINGS)
        if not version:
            self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _forgo(self, error: sqlite3.OperationalError) -> None:
        """Go on in memory: a full disk costs what would have been remembered, not the report."""
        print(f"kb: {self._path}: {error}: this run's answers are not kept", file=sys.stderr)
        full = self._db
        self._open(None)
        with contextlib.suppress(sqlite3.Error):
            full.backup(self._db)
        full.close()

    def __exit__(self, _kind: object, value: object, _trace: object) -> None:
        self._db.close()
        if isinstance(value, sqlite3.OperationalError):
            raise InputError(f"{self._path}: {value}") from value

    def get(self, url: str) -> Record | None:
        """The last record of an address."""
        row = self._db.execute("SELECT * FROM page WHERE url = ?", (url,)).fetchone()
        return _record(row) if row else None

    def put(self, record: Record) -> Record:
        """Remember a verdict, count its failures, and return the record as it now stands."""
        keep = record.verdict.reason in NOT_ITS_FAULT
        failed = record.verdict.answer == "unknown" and not keep
        since = record.checked if failed else 0.0
        counted = record._replace(failures=int(failed), failing_since=since)
        self._write(_UPSERT, {**_row(counted), "keep": keep})
        return self.get(record.url) or counted

    def saw(self, readings: Iterable[Reading]) -> None:
        """Remember what a page said of facts, and since when it has."""
        found = list(readings)
        urls = {each.url for each in found}
        held = {(r.url, r.fact, r.source): r for url in urls for r in self.readings(url)}
        for each in found:
            known = held.get((each.url, each.fact, each.source))
            if known is None or known.visited <= each.visited:
                marks = ", ".join("?" * len(each))
                self._write(f"REPLACE INTO reading VALUES ({marks})", each.after(known))

    def readings(self, url: str | None = None) -> list[Reading]:
        """What pages, or one page, said of facts, by the last visits."""
        every = "SELECT * FROM reading WHERE url = coalesce(?, url) ORDER BY url, fact, source"
        rows = self._db.execute(every, (url,))
        return [Reading(*row) for row in rows]

    def rows(self) -> list[sqlite3.Row]:
        """All verdicts that are held, for `take`."""
        return self._db.execute("SELECT * FROM page").fetchall()

    def take(self, rows: Iterable[sqlite3.Row], readings: Iterable[Reading] = ()) -> None:
        """Take over the records of other files that are newer than ours: all, or none."""
        self._db.execute("BEGIN IMMEDIATE")
        self.saw(readings)
        for row in rows:
            mine = self.get(row["url"])
            if mine is None or mine.checked < row["checked"]:
                columns = ", ".join(f":{key}" for key in row.keys())  # noqa: SIM118  (a Row is no dict)
                self._db.execute(f"REPLACE INTO page VALUES ({columns})", dict(row))
        self._db.execute("COMMIT")

    def forget(self, before: float) -> None:
        """Drop addresses not asked since a moment: no link goes there any more."""
        for table in ("page", "reading"):
            self._write(f"DELETE FROM {table} WHERE checked < ?", (before,))

    def _write(self, statement: str, values: Mapping[str, object] | tuple[object, ...]) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.OperationalError as error:
            self._forgo(error)
            self._db.execute(statement, values)

    def check(self) -> None:
        """Raise sqlite3.DatabaseError for a file with a bad block anywhere."""
        said: str = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if said != "ok":
            raise sqlite3.DatabaseError(said.splitlines()[-1])


def open_history(path: Path | None) -> contextlib.AbstractContextManager[History]:
    """The history in a file; one that is damaged is kept beside a new one, and that is said."""
    try:
        with History(path) as history:
            history.check()
    except sqlite3.DatabaseError as error:
        if path is None:
            raise
        kept = [writing.set_aside(path.with_name(path.name + end)) for end in ("", "-wal", "-shm")]
        print(f"kb: {path} is damaged ({error}): kept as {kept[0]}, begun anew", file=sys.stderr)
    return History(path)


def remembered(path: Path) -> list[Reading]:
    """What pages said of facts, from a history that has to be there; InputError without one."""
    if not path.is_file():
        raise InputError(f"{path} is no file: `kb links SITE --cache {path}` visits the sources")
    try:
        with History(path) as history:
            return history.readings()
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is damaged: {error}") from None


def _check_ours(path: Path) -> None:
    """InputError for a file that is no history of ours; it is only looked at."""
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        return
    head = files.read_bytes(path)[:100]
    mark = int.from_bytes(head[68:72], "big")  # the file format's place of the application_id
    if head.startswith(b"SQLite format 3\0") and (mark == _OURS or (not mark and _is_old(path))):
        return
    raise InputError(f"{path} is no cache of `kb links`: it is left as it is")


def _is_old(path: Path) -> bool:
    """Whether a file without our mark has our table alone, or none: earlier ones had no mark."""
    place = f"{path.absolute().as_uri()}?immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(place, uri=True)) as db:
            tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master")]
            columns = [row[1] for row in db.execute("PRAGMA table_info(page)")]
    except sqlite3.DatabaseError:
        return False
    return not tables or (tables == ["page"] and columns == _COLUMNS)


def _row(record: Record) -> dict[str, object]:
    fragments = json.dumps(dict(record.fragments), ensure_ascii=False)
    changed = {"fragments": fragments, "failing_since": record.failing_since or None}
    return {**record._asdict(), **record.verdict._asdict(), **changed}


def _record(row: sqlite3.Row) -> Record:
    verdict = Verdict(*(row[name] for name in Verdict._fields))
    fragments, since = json.loads(row["fragments"]), row["failing_since"] or 0.0
    counted = bool(row["shell"]), row["failures"], since
    return Record(row["url"], row["checked"], verdict, fragments, *counted)
