"""The one clock: nothing else reads the calendar, and it is never behind what is written."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from conftest import GUIDE, ROOT, SITE_URL, called, kb
from golden import CASES, settle
from kb import clock, ledger
from kb.__main__ import main
from kb.clock import Newest, Term
from kb.finding import InputError
from kb.text import front_matter

HOOKS = sorted((ROOT / "hooks").rglob("*.py"))
# `datetime.time` is a class: only of the module `time` these are the machine's clock.
_CLOCK = ("asctime", "ctime", "gmtime", "localtime", "strftime", "time", "time_ns")
_CALENDAR = ("now", "today", "utcnow")


def reads(code: str) -> Iterator[int]:
    """The lines on which Python code asks the machine for the day or the hour."""
    tree = ast.parse(code)
    asked: dict[str, tuple[str, ...]] = {}  # by the name that a module or class goes by here
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named = [(alias.asname or alias.name, alias.name) for alias in node.names]
            asked |= {name: _CALENDAR for name, module in named if module == "datetime"}
            asked |= {name: _CLOCK for name, module in named if module == "time"}
        elif isinstance(node, ast.ImportFrom) and node.module == "datetime":
            asked |= {alias.asname or alias.name: _CALENDAR for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (node.lineno for alias in node.names if alias.name in _CLOCK)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            base: ast.expr = node.value
            while isinstance(base, ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name) and node.attr in asked.get(base.id, ()):
                yield node.lineno


@pytest.mark.parametrize(
    "code",
    [
        "import time\ntime.time()",
        "import time as t\nt.localtime()",
        "import datetime\ndatetime.date.today()",
        "import datetime\nask = datetime.datetime.now",
        "from datetime import date\nf(date.today())",
        "from datetime import datetime as moment\nmoment.utcnow()",
        "import os\nfrom time import time",
    ],
)
def test_a_look_at_the_calendar_is_seen(code: str) -> None:
    assert list(reads(code)) == [2]


def test_what_is_no_look_at_the_calendar_is_not() -> None:
    code = "import datetime, time\ntime.monotonic()\ndatetime.time()\nclock.now()\nproject.today()"
    assert list(reads(code)) == []


def test_only_the_clock_reads_the_calendar() -> None:
    assert len(HOOKS) > 50
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path in HOOKS
        if (lines := list(reads(path.read_text("utf-8"))))
    }
    assert list(found) == ["hooks/kb/clock.py"]


def test_no_script_or_template_of_the_site_reads_it() -> None:
    scripts = [*(ROOT / "overrides").rglob("*.js"), *(ROOT / "overrides").rglob("*.html")]
    assert len(scripts) > 5
    texts = {path.name: path.read_text("utf-8") for path in scripts}
    assert [name for name, text in texts.items() if "new Date" in text or "Date.now" in text] == []


# ---- the newest day


def written(text: str, path: str = "l.yml") -> ledger.Ledger:
    return ledger.load(text, path)


@pytest.mark.parametrize(
    ("text", "day", "line"),
    [
        ("facts:\n- as_of: 2026-11-02\n- as_of: 2026-11-01\n", date(2026, 11, 2), 2),
        ("sources:\n  a: {date: 2026-03}\n", date(2026, 3, 1), 2),
        ("- captured: 2026-11-03\n", date(2026, 11, 3), 1),
        ("- name: 2026-11\n", date(2026, 11, 1), 1),
        ("- since: 2025-01-31\n  until: 2099-01-01\n", date(2025, 1, 31), 1),
        ("facts:\n- value: {date: 2099-01-01}\n  as_of: '2026'\n", date(2026, 1, 1), 3),
        ("- captured: 2026-02-30\n", date.min, 1),
        ("- name: GPT-9\n- name: [2099-01-01]\n", date.min, 1),
        ("", date.min, 1),
    ],
)
def test_the_newest_day_is_one_that_had_come_when_it_was_written(
    text: str, day: date, line: int
) -> None:
    found = clock.newest([written(text)])
    assert (found.day, found.line) == (day, line)


def test_a_page_counts_by_the_day_of_its_check() -> None:
    head = front_matter.read("---\ntitle: T\nchecked: 2026-11-05\n---\n", "p.md")
    assert clock.newest([written("- captured: 2026-11-04\n"), head]) == Newest(
        date(2026, 11, 5), "p.md", 3
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (date(2026, 11, 5), []),
        (date(2026, 11, 6), []),
        (
            date(2026, 11, 4),
            ["p.md:3: 2026-11-05 is still to come on 2026-11-04, and counts as today "
             "[clock-behind]"],
        ),
    ],
)  # fmt: skip
def test_a_clock_that_is_behind_is_told_once_and_stops_nothing(
    asked: date, said: list[str]
) -> None:
    found = clock.check(asked, Newest(date(2026, 11, 5), "p.md", 3))
    assert [str(finding) for finding in found] == said
    assert {finding.severity for finding in found} <= {"warning"}


def test_the_day_that_is_asked_for_comes_before_the_calendars() -> None:
    assert clock.asked({clock.VARIABLE: "2026-11-05"}) == date(2026, 11, 5)
    assert clock.asked({}) == date.today()
    with pytest.raises(InputError, match="KB_AS_OF is no day like 2026-11-23: 'soon'"):
        clock.asked({clock.VARIABLE: "soon"})


def test_a_build_is_never_made_for_a_day_before_the_projects_own() -> None:
    newest = GUIDE.newest
    assert newest.path.startswith("docs/")
    behind, ahead = "2020-01-01", "2099-01-01"
    assert GUIDE.today({clock.VARIABLE: behind}) == newest.day
    assert GUIDE.today({clock.VARIABLE: ahead}) == date(2099, 1, 1)


@pytest.mark.parametrize(
    ("today", "state", "overdue"),
    [
        (date(2025, 1, 1), "current", -375),
        (date(2026, 1, 11), "current", 0),
        (date(2026, 1, 12), "due", 1),
        (date(2026, 1, 21), "due", 10),
        (date(2026, 1, 22), "expired", 11),
    ],
)
def test_a_statement_is_due_after_its_time_and_expired_after_twice_of_it(
    today: date, state: str, overdue: int
) -> None:
    term = Term(date(2026, 1, 1), 10)
    assert (term.state(today), term.overdue(today)) == (state, overdue)
    assert (term.due_on, term.expires_on) == (date(2026, 1, 12), date(2026, 1, 22))


def test_on_the_last_day_of_the_calendar_nothing_is_due_that_began_on_it() -> None:
    term = Term(date.max, 10)
    assert (term.state(date.max), term.due_on, term.expires_on) == ("current", date.max, date.max)
    assert Term(date(9999, 12, 20), 10).state(date.max) == "due"


def test_a_time_beyond_the_calendar_never_ends() -> None:
    term = Term(date(2026, 1, 1), 10**9)
    assert term.due_on == term.expires_on == date.max
    assert term.state(date(2099, 1, 1)) == "current"


# ---- machines with another date

MACHINE = """
import time
shift = {shift}
really, nanoseconds = time.time, time.time_ns
time.time = lambda: really() + shift
time.time_ns = lambda: nanoseconds() + int(shift * 10**9)
"""


def machine(folder: Path, day: str) -> dict[str, str]:
    """The environment of a machine whose calendar shows this day to every Python."""
    shift = (date.fromisoformat(day) - date.today()).total_seconds()
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(MACHINE.format(shift=shift), "utf-8")
    kept = {name: value for name, value in os.environ.items() if name != clock.VARIABLE}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT / "hooks")])}


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


DAYS = ["2020-01-01", "2026-11-29", "2027-06-01", "2035-01-01"]


@pytest.mark.build
@pytest.mark.parametrize("day", DAYS)
def test_nothing_about_age_is_an_error_on_any_day(tmp_path: Path, day: str) -> None:
    there = machine(tmp_path / "machine", day)
    told = run(there, "-c", "import datetime; print(datetime.date.today())")
    assert told.stdout == f"{day}\n"
    for command in ("check", "status"):
        answer = run(there, "-m", "kb", command)
        assert answer.returncode == 0, answer.stdout
        # Where each rule is explained, and at most that there was no error.
        beside = [line for line in answer.stderr.splitlines() if not line.startswith("[")]
        assert all(": 0 errors, " in line for line in beside), answer.stderr
        assert answer.stdout.count("[clock-behind]") == (day < "2026")
        assert ("[fact-expired]" in answer.stdout) == (day > "2027")


@pytest.mark.build
@pytest.mark.parametrize(
    "day", [pytest.param(day, marks=pytest.mark.soak) for day in DAYS[:3]] + DAYS[3:]
)
def test_the_site_is_built_on_any_day(tmp_path: Path, day: str) -> None:
    there = machine(tmp_path / "machine", day)
    out = tmp_path / "site"
    built = run(there, "-m", "kb", "build", "--out", str(out), "--site-url", SITE_URL)
    assert built.returncode == 0, built.stdout + built.stderr
    note = '<span class="kb-fact__due">'  # prose of a page may say such words too
    marks = {"en/": f"{note} (last confirmed on ", "": f"{note}（最后确认于 "}
    for locale, mark in marks.items():
        page = (out / "2026-11" / locale / "start/plans/index.html").read_text("utf-8")
        assert (mark in page) == (day > "2027")
        assert "[[" not in page


@pytest.mark.soak
@pytest.mark.parametrize("day", [day for day in DAYS if day != DAYS[1]])
def test_the_quick_tests_pass_on_any_day(tmp_path: Path, day: str) -> None:
    there = machine(tmp_path / "machine", day)
    quick = ("-m", "not (browser or build or ocr or soak)", "--hypothesis-profile", "quick")
    quick += ("-k", "not on_any_day")  # one machine's clock is not set twice
    ran = run(there, "-m", "pytest", "-q", "-n", "2", *quick, "-p", "no:cacheprovider")
    assert ran.returncode == 0, ran.stdout[-5000:]


# ---- what wants doing


# Beside the output stands where rules are explained and what was looked at, no more.
SUMMED_UP = r"[1-9]\d* pages? of \d+ editions?: \d+ errors?, \d+ warnings?\n"
EXPLAINED = rf"(?:\[[\w-]+\] \S+\n)*(?:{SUMMED_UP})?"


def test_status_names_the_most_overdue_first_and_only_strict_is_a_gate() -> None:
    listed = kb("status", "--as-of", "2027-06-01")
    assert listed.returncode == 0
    assert re.fullmatch(EXPLAINED, listed.stderr)
    days = [
        int(line.split(" day")[0].rsplit(" ", 1)[1])
        for line in listed.stdout.splitlines()
        if " overdue (" in line
    ]
    assert days == sorted(days, reverse=True)
    for rule in ("fact-due", "fact-expired", "link-exception-expired"):
        assert f"[{rule}]" in listed.stdout
    strict = called("status", "--strict", "--as-of", "2027-06-01")
    assert (strict.returncode, strict.stdout) == (1, listed.stdout)


SMALL = {
    "docs/ledgers/editions.yml": "- {name: 2026-07, config: mkdocs.yml}\n",
    "docs/ledgers/facts.yml": (CASES / "facts/base/docs/ledgers/facts.yml").read_text("utf-8"),
    "docs/ledgers/screenshots.yml": "- path: 2026-07/{locale}/a.png\n  kind: capture\n"
    "  of: an application\n  captured: 2026-07-01\n  ttl_days: 120\n"
    "  alt: {zh: 设置页面的按钮, en: The button}\n  caption: {zh: 甲, en: A}\n",
    "docs/ledgers/links.yml": "- url: https://a.example/\n  expect: ok\n"
    "  reason: looked at by hand\n  until: 2026-11-10\n",
    "docs/ledgers/markup.yml": "- page: 2026-07/index\n  allow: [form]\n"
    "  reason: an example of one\n  until: 2026-11-12\n",
    "docs/2026-07/zh/index.md": "# 首页 {#home}\n",
    "docs/2026-07/en/index.md": "# Home {#home}\n",
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one page in two languages: its ledgers, its stamps."""
    for name, text in SMALL.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    settle(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["stamp", "2026-07", "index"]) == 0
    assert main(["stamp", "ledgers", "--all"]) == 0
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], day: str, *options: str) -> tuple[int, str]:
    """The exit code and the words of `kb status` on a day."""
    capsys.readouterr()
    code = main(["status", "--as-of", day, *options])
    said = capsys.readouterr()
    assert re.fullmatch(EXPLAINED, said.err)
    return code, said.out


@pytest.mark.parametrize(
    ("day", "rules"),
    [
        ("2026-10-09", []),
        ("2026-10-10", ["fact-due"] * 3),
        ("2026-10-30", ["fact-due"] * 3 + ["image-due"]),
        ("2026-11-10", ["fact-due"] * 3 + ["image-due"]),
        ("2026-11-11", ["fact-due"] * 3 + ["image-due", "link-exception-expired"]),
        (
            "2026-11-13",
            [
                *["fact-due"] * 3,
                "image-due",
                "link-exception-expired",
                "markup-exception-expired",
            ],
        ),
    ],
)
def test_each_kind_is_due_from_its_day_on(
    small: Path, capsys: pytest.CaptureFixture[str], day: str, rules: list[str]
) -> None:
    code, said = told(capsys, day, "--strict")
    found = [line.rsplit("[", 1)[1][:-1] for line in said.splitlines() if "[" in line]
    pressing = [rule for rule in found if rule != "asked-missing"]  # it is told and gates nothing
    assert (code, pressing) == (int(bool(rules)), rules)
    assert told(capsys, day) == (0, said)


def test_a_translation_left_behind_is_due(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = small / "docs/2026-07/zh/index.md"
    page.write_text("# 首页 {#home}\n\n新的。\n", "utf-8")
    code, said = told(capsys, "2026-07-02", "--strict")
    assert code == 1
    assert "[translation-stale]" in said
    assert told(capsys, "2026-07-02") == (0, said)
    (small / "docs/2026-07/en/index.md").unlink()
    code, said = told(capsys, "2026-07-02", "--strict")
    assert code == 1
    assert "[translation-missing]" in said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("facts", "facts: [\n"),
        ("facts", SMALL["docs/ledgers/facts.yml"].replace("[blog]", "[gone]", 1)),
        ("facts", SMALL["docs/ledgers/facts.yml"].replace("topic: plans", "topic: plan", 1)),
        ("screenshots", "<<<<<<< mine\n"),
        ("links", "- url: https://a.example/\n"),
        ("links", SMALL["docs/ledgers/links.yml"].replace("11-10", "02-30")),
    ],
)
def test_a_ledger_that_cannot_be_read_is_none_in_which_nothing_is_due(
    small: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    (small / f"docs/ledgers/{name}.yml").write_text(text, "utf-8")
    code, said = told(capsys, "2026-07-02")
    assert code == 1
    assert said.startswith(f"docs/ledgers/{name}.yml:")


def test_of_what_cannot_be_read_nothing_is_said_to_be_in_order(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (small / "mkdocs.yml").write_text("", "utf-8")
    assert main(["status", "--as-of", "2026-07-02"]) == 1
    said = capsys.readouterr()
    assert "mkdocs.yml:1: the plugin i18n names no languages [locale-unknown]" in said.out
    assert "0 pages of 1 edition: 2 errors, 0 warnings" in said.err


def test_of_phrases_that_cannot_be_read_none_is_said_to_lack(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (small / "docs/2026-07/en/asked.yml").write_text("index\n", "utf-8")
    code, said = told(capsys, "2026-07-02")
    assert code == 1
    assert said.startswith("docs/2026-07/en/asked.yml:1: ")
    assert "docs/2026-07/en/index.md:1: no phrase" not in said


def test_the_tracking_issue_is_empty_when_nothing_is_due(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issue = small / "issue.md"
    code, said = told(capsys, "2026-11-11", "--issue", str(issue))
    assert (code, said.count("overdue (")) == (0, 5)
    body = issue.read_text("utf-8")
    assert body.count("- [ ] ") == 5
    assert body.count("### ") == 3
    assert "### fact-due (3)" in body
    assert "`docs/ledgers/links.yml:1` 'https://a.example/' is 1 day overdue" in body
    code, said = told(capsys, "2026-10-09", "--strict", "--issue", str(issue))
    assert code == 0
    assert set(re.findall(r"\[[\w-]+\]", said)) == {"[asked-missing]"}  # told, but due on no day
    assert issue.read_text("utf-8") == ""


def test_status_speaks_the_formats_of_the_link_check(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said = told(capsys, "2026-11-11", "--format", "github")
    assert said.startswith("::warning file=docs/ledgers/facts.yml,line=19,title=fact-due")
