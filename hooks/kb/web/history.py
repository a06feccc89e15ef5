"""What earlier runs learnt: one SQLite file, safe against being killed and against a second run.

Every result is its own transaction in write-ahead mode: a run that dies leaves all it had learnt.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from kb.web.verdict import NOT_ITS_FAULT, Answer, Kind, Verdict

_DAY = 86400.0
_VERSION = 1
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
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        # autocommit: each statement is a transaction; the time-out is for another run's writes
        self._db = sqlite3.connect(self._path or ":memory:", timeout=_WAIT, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        _write_ahead(self._db)
        self._db.execute("PRAGMA synchronous = NORMAL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise ValueError(f"{self._path}: made by another version of the checker; delete it")
        self._db.execute(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def get(self, url: str) -> Record | None:
        """The last record of an address."""
        row = self._db.execute("SELECT * FROM page WHERE url = ?", (url,)).fetchone()
        return _record(row) if row else None

    def put(self, record: Record) -> Record:
        """Remember a verdict, count its failures, and return the record as it now stands."""
        failed = record.verdict.answer == "unknown" and record.verdict.reason not in NOT_ITS_FAULT
        counted = record._replace(
            failures=int(failed), failing_since=record.checked if failed else 0.0
        )
        keep = record.verdict.reason in NOT_ITS_FAULT
        self._db.execute(_UPSERT, {**_row(counted), "keep": keep})
        return self.get(record.url) or counted

    def merge(self, part: Path) -> int:
        """Take over another file's records that are newer than ours; return how many it held."""
        with History(part) as other:
            rows = other._db.execute("SELECT * FROM page").fetchall()
        for row in rows:
            mine = self.get(row["url"])
            if mine is None or mine.checked < row["checked"]:
                columns = ", ".join(f":{key}" for key in row.keys())  # noqa: SIM118  (a Row is no dict)
                self._db.execute(f"REPLACE INTO page VALUES ({columns})", dict(row))
        return len(rows)

    def forget(self, before: float) -> None:
        """Drop addresses not asked since a moment: no link goes there any more."""
        self._db.execute("DELETE FROM page WHERE checked < ?", (before,))


def open_history(path: Path | None) -> contextlib.AbstractContextManager[History]:
    """The history in a file; one that is damaged is started anew, for it is only a memory."""
    try:
        with History(path) as history:
            history.get("")
    except sqlite3.DatabaseError as error:
        if path is None or isinstance(error, sqlite3.OperationalError):
            raise
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
    return History(path)


def _row(record: Record) -> dict[str, object]:
    return {
        "url": record.url,
        "checked": record.checked,
        **record.verdict._asdict(),
        "shell": int(record.shell),
        "fragments": json.dumps(dict(record.fragments), ensure_ascii=False),
        "failures": record.failures,
        "failing_since": record.failing_since or None,
    }


def _record(row: sqlite3.Row) -> Record:
    answer: Answer = row["answer"]
    kind: Kind = row["redirect"]
    return Record(
        row["url"],
        row["checked"],
        Verdict(answer, row["reason"], row["detail"], kind, row["target"]),
        json.loads(row["fragments"]),
        bool(row["shell"]),
        row["failures"],
        row["failing_since"] or 0.0,
    )
