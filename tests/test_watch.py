"""Facts that watch their sources: what a page says of a value, and what becomes of it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

import small
from conftest import PATIENCE, called, kb
from kb import ledger
from kb.facts import entries, pages, prose
from kb.facts.data import published
from kb.facts.entries import Facts
from kb.finding import InputError
from kb.ledger import Ledger
from kb_tools.watch import confirm, judge, reading, visit
from kb_tools.watch.confirm import Seen
from kb_tools.watch.visit import DAY, Reading
from kb_tools.web import job
from kb_tools.web.fetch import Limits, Settings
from kb_tools.web.history import History
from kb_tools.web.links import Link
from kb_tools.web.schedule import Retry
from webserver import Names, Server, serve

CASES = Path(__file__).parent / "watch"
FACTS = (CASES / "facts.yml").read_text()
PAGES: dict[str, dict[str, Any]] = yaml.safe_load((CASES / "pages.yml").read_text())
NOW = 1_800_000_000.0  # 2027-01-15
FAST = Limits(
    per_host=64,
    interval=0,
    connect=120,  # every page of these answers: on a busy machine late, and none is asked twice
    request=120,
    deadline=600,
    body=200_000,
    retry=Retry(1, first_wait=0.05),
)
PAD = "<p>This page is about what things cost; of any price it tells nothing. " * 5
HUGE = "<p>Words.</p>" * 30_000  # longer than FAST reads of a body


def held(text: str = FACTS) -> Ledger:
    found = ledger.load(text, "docs/ledgers/facts.yml", entries.LEDGER)
    assert not found.findings
    return found


def known(text: str = FACTS) -> Facts:
    return entries.read(held(text))


def answer(case: Mapping[str, Any]) -> web.Response:
    """A case as a server gives it."""
    if "to" in case:
        return web.Response(status=302, headers={"Location": case["to"]})
    body = case["html"]
    kind = case.get("type", "text/html")
    if kind == "text/html":
        pad = PAD if case.get("pad", True) else ""
        tail = HUGE if case.get("huge") else ""
        body = f"<title>{case.get('title', 'Plans')}</title><body>{body}{pad}{tail}"
    charset = case.get("charset", "utf-8")
    return web.Response(
        body=body.encode(charset),
        status=case.get("status", 200),
        headers={"Content-Type": f"{kind}; charset={charset}"},
    )


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    async def case(request: web.Request) -> web.StreamResponse:
        return answer(PAGES[request.match_info["name"]])

    async def login(_request: web.Request) -> web.StreamResponse:
        return answer({"html": "<h1>Sign in</h1>"})

    with serve({"/case/{name}": case, "/login": login}) as running:
        yield running


def address(server: Server, name: str) -> str:
    return f"http://site.test:{server.ports['http']}/case/{name}"


def ask(
    server: Server, watched: Mapping[str, list[visit.Target]], cache: Path | None, now: float
) -> job.Outcome:
    settings = Settings(FAST, allow_private=True, resolver=Names())
    options = job.Options("2027-01-15", cache=cache, settings=settings, watched=watched)
    return job.run([Link(url, "page.html", 1, 1) for url in watched], options, now)


def targets(server: Server) -> dict[str, list[visit.Target]]:
    """Each case's page for the fact that it is about."""
    mine = {
        target.wanted.fact.id: target for some in visit.targets(known()).values() for target in some
    }
    return {address(server, name): [mine[case["fact"]]] for name, case in PAGES.items()}


@pytest.fixture(scope="module")
def visited(server: Server) -> dict[str, Reading]:
    """What one run of the link job read, by case."""
    outcome = ask(server, targets(server), None, NOW)
    return {each.url.rpartition("/")[2]: each for each in outcome.readings}


@pytest.mark.parametrize("name", PAGES)
def test_each_page_gets_its_verdict(visited: dict[str, Reading], name: str) -> None:
    got, case = visited[name], PAGES[name]
    assert got.answer == case["says"], got
    if "other" in case:
        assert got.other == case["other"]
    assert len(got.words) <= judge.WORDS or got.answer in ("silent", "unread")


def test_there_are_as_many_pages_as_the_claim_needs() -> None:
    near = [name for name, case in PAGES.items() if name.startswith("miss-")]
    assert len(near) >= 30
    assert not [name for name in near if PAGES[name]["says"] == "says"]
    assert len(PAGES) - len(near) >= 60
    assert {case["says"] for case in PAGES.values()} == {"says", "says-other", "silent", "unread"}


def test_a_second_run_inside_the_day_asks_nobody(server: Server, tmp_path: Path) -> None:
    cache, wanted = tmp_path / "h.sqlite", targets(server)
    assert ask(server, wanted, cache, NOW).asked == len(PAGES)
    again = ask(server, wanted, cache, NOW + DAY / 5)
    fine = {url for url in wanted if PAGES[url.rpartition("/")[2]]["says"] != "unread"}
    assert again.asked == 0
    assert {each.url for each in again.readings if each.answer != "unread"} == fine
    assert ask(server, wanted, cache, NOW + DAY).asked == len(PAGES)


def test_a_value_changed_in_the_ledger_is_looked_for_at_once(
    server: Server, tmp_path: Path
) -> None:
    cache, wanted = tmp_path / "h.sqlite", targets(server)
    url = address(server, "card")
    ask(server, {url: wanted[url]}, cache, NOW)
    changed = [each._replace(asked="another") for each in wanted[url]]
    assert ask(server, {url: changed}, cache, NOW + 60).asked == 1


def test_kill_9_in_the_middle_loses_nothing(tmp_path: Path, server: Server) -> None:
    """What was read before the kill is there; the run after it asks for the rest alone."""
    cache = tmp_path / "h.sqlite"
    names = [name for name, case in PAGES.items() if case["says"] == "says"]
    script = textwrap.dedent(
        f"""
        import sys
        sys.path[:0] = {[str(Path(__file__).parent), "hooks", "tools"]!r}
        import test_watch as t
        class Running:
            ports = {server.ports!r}
        wanted = t.targets(Running)
        urls = [t.address(Running, name) for name in {names!r}]
        wanted = {{url: wanted[url] for url in urls}}
        t.FAST = t.FAST._replace(per_host=1, interval=0.2)
        t.ask(Running, wanted, t.Path({str(cache)!r}), t.NOW)
        """
    )
    running = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[1])
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and running.poll() is None:
        if cache.exists() and _count(cache) >= 5:
            break
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    before = _count(cache)
    assert 5 <= before < len(names)
    wanted = {url: some for url, some in targets(server).items() if url.rpartition("/")[2] in names}
    after = ask(server, wanted, cache, NOW + 60)
    assert after.asked == len(names) - before
    assert {each.answer for each in after.readings} == {"says"}
    assert len(after.readings) == len(names)


def _count(cache: Path) -> int:
    try:
        with History(cache) as opened:
            return len(opened.readings())
    except InputError:
        return 0


# ---- over several visits


def read(
    fact: str, answer: judge.Answer, at: float, other: str = "", source: str = "shop"
) -> Reading:
    every = visit.targets(known())["https://example.org/prices"]
    asked = next(target.asked for target in every if target.wanted.fact.id == fact)
    return Reading(
        fact, source, "https://example.org/prices", asked, at, at, at, answer, "its words", other
    )


def remembered(*readings: Reading) -> list[Reading]:
    with History(None) as opened:
        for each in readings:
            opened.saw([each])
        return opened.readings()


@pytest.mark.parametrize(("later", "told"), [(DAY, True), (DAY - 1, False)])
@pytest.mark.parametrize(
    ("answer", "other", "rule"),
    [("says-other", "$9", "fact-says-other"), ("silent", "", "fact-silent")],
)
def test_one_visit_is_a_hint_and_two_a_day_apart_a_finding(
    later: float, told: bool, answer: judge.Answer, other: str, rule: str
) -> None:
    found = remembered(read("go", answer, NOW, other), read("go", answer, NOW + later, other))
    findings = visit.findings(held(), found)
    assert [each.rule for each in findings] == [rule] * told
    for each in findings:
        assert FACTS.splitlines()[each.line - 1].startswith("    value: {amount: 8")


def test_another_answer_between_starts_anew() -> None:
    found = remembered(
        read("go", "says-other", NOW, "$9"),
        read("go", "says-other", NOW + DAY, "$10"),
    )
    assert visit.findings(held(), found) == []
    found = remembered(*found, read("go", "says-other", NOW + 2 * DAY, "$10"))
    (finding,) = visit.findings(held(), found)
    assert "says $10, the ledger US$8" in finding.message


def test_a_visit_that_cannot_read_takes_nothing_back_and_adds_nothing() -> None:
    found = remembered(read("go", "says-other", NOW, "$9"), read("go", "unread", NOW + DAY))
    assert (found[0].answer, found[0].visited, found[0].checked) == ("says-other", NOW + DAY, NOW)
    assert visit.findings(held(), found) == []
    found = remembered(*found, read("go", "says-other", NOW + 2 * DAY, "$9"))
    assert [each.rule for each in visit.findings(held(), found)] == ["fact-says-other"]


def test_an_older_run_that_ends_late_does_not_overwrite() -> None:
    found = remembered(read("go", "says", NOW + DAY), read("go", "says-other", NOW, "$9"))
    assert [each.answer for each in found] == ["says"]


_GO = """    value: {amount: 8, currency: USD}
    as_of: 2026-09-01
    ttl_days: 90
    confidence: high
    sources: [shop]
"""
_BLOG = """\
  blog:
    kind: secondary
    title: {zh: 博客, en: a blog}
    url: https://example.org/blog
    date: 2026-09-01
facts:
"""
TWO = FACTS.replace("facts:\n", _BLOG, 1).replace(_GO, _GO.replace("[shop]", "[shop, blog]"))


def test_sources_that_disagree_are_a_finding_of_their_own_and_confirm_nothing() -> None:
    found = [
        *remembered(read("go", "says-other", NOW, "$9"), read("go", "says-other", NOW + DAY, "$9")),
        read("go", "says", NOW + DAY, source="blog")._replace(url="https://example.org/blog"),
    ]
    assert [each.rule for each in visit.findings(held(TWO), found)] == ["fact-disagreement"]
    seen = confirm.from_history(known(TWO), found)
    assert [(each.source, each.other) for each in seen] == [("shop", "$9")]
    text = confirm.apply(held(TWO), TWO, seen)
    assert 'as_of: 2026-09-01\n    seen:\n      shop: {date: 2027-01-16, other: "$9"}\n' in text
    assert visit.findings(held(text), found) == []  # readers are told; a person decides


def test_what_was_asked_otherwise_counts_no_more() -> None:
    old = [each._replace(asked="older") for each in remembered(read("go", "says", NOW))]
    assert confirm.from_history(known(), old) == []


# ---- kb confirm


def test_confirming_moves_dates_and_nothing_else() -> None:
    found = remembered(read("go", "says", NOW), read("plus", "silent", NOW))
    seen = confirm.from_history(known(), found)
    text = confirm.apply(held(), FACTS, seen)
    now = known(text).facts["go"]
    assert (now.as_of, now.seen["shop"].date) == ("2027-01-15", "2027-01-15")
    before, after = FACTS.splitlines(), text.splitlines()
    gone = [line for line in before if line not in after]
    come = [line for line in after if line not in before]
    assert gone == []  # other facts have that line as well
    assert come == ["    as_of: 2027-01-15", "    seen:", "      shop: {date: 2027-01-15}"]
    assert len(after) == len(before) + 2
    assert entries.check(held(text)) == []
    assert confirm.from_history(known(text), found) == []  # a second time there is no news


def test_confirming_again_replaces_the_line_and_another_source_gets_one() -> None:
    once = confirm.apply(held(TWO), TWO, [Seen("go", "shop", "2026-10-01", note='by hand: "x" #1')])
    twice = confirm.apply(held(once), once, [Seen("go", "shop", "2026-11-01")])
    both = confirm.apply(held(twice), twice, [Seen("go", "blog", "2026-10-05")])
    assert known(once).facts["go"].seen["shop"].note == 'by hand: "x" #1'
    assert known(both).facts["go"].as_of == "2026-11-01"  # never back
    assert {k: v.date for k, v in known(both).facts["go"].seen.items()} == {
        "shop": "2026-11-01",
        "blog": "2026-10-05",
    }
    assert len(both.splitlines()) == len(TWO.splitlines()) + 3


SEEN = "    seen:\n      "


@pytest.mark.parametrize(
    ("shape", "becomes"),
    [
        ("AS_OF  # Ann\n", "NEW  # Ann\n" + SEEN + "shop: {date: NEW}\n"),
        ("'AS_OF'\n", "NEW\n" + SEEN + "shop: {date: NEW}\n"),
        (
            "AS_OF\n    seen: {blog: {date: OLD}}  # ours\n",
            "NEW\n    seen: {shop: {date: NEW}, blog: {date: OLD}}  # ours\n",
        ),
        (
            "AS_OF\n" + SEEN + "shop:\n        date: OLD\n        note: my words  # 1\n",
            "NEW\n" + SEEN + "shop:\n        date: NEW\n        note: my words  # 1\n",
        ),
        (
            "AS_OF\n" + SEEN + "# who\n      shop: {note: mine, date: OLD}  # keep\n",
            "NEW\n" + SEEN + "# who\n      shop: {note: mine, date: NEW}  # keep\n",
        ),
    ],
)
def test_what_people_wrote_beside_a_date_stays(shape: str, becomes: str) -> None:
    def dated(text: str) -> str:
        days = {"AS_OF": "2026-09-01", "OLD": "2026-08-01", "NEW": "2026-10-01"}
        return re.sub("AS_OF|OLD|NEW", lambda found: days[found[0]], text)

    head, tail = re.split(r"(?<=- id: go\n)(?:.*\n)+?    as_of: .*\n", TWO, maxsplit=1)
    begin = TWO[: TWO.index("2026-09-01", len(head))]
    text = begin + dated(shape) + tail
    seen = [Seen("go", "shop", "2026-10-01")]
    assert confirm.apply(held(text), text, seen) == begin + dated(becomes) + tail


@pytest.mark.parametrize(("mark", "ending"), [("", "\r\n"), ("\ufeff", "\n"), ("\ufeff", "\r\n")])
def test_a_byte_order_mark_and_line_ends_stay(project: Path, mark: str, ending: str) -> None:
    ledger = project / "docs/ledgers/facts.yml"
    old = (mark + FACTS.replace("\n", ending)).encode()
    ledger.write_bytes(old)
    by_hand = ["confirm", "go", "--source", "shop", "--seen", "2026-11-24", "--note", "one\ntwo"]
    assert called(*by_hand, cwd=project).returncode == 0
    new = ledger.read_bytes().decode()
    assert new.count("\n") == FACTS.count("\n") + 2
    assert new.count(ending) == new.count("\n")
    assert new.startswith(mark)
    assert 'note: "one two"' in new
    mixed = old.replace(b"\n", b"\r\n", 1) if ending == "\n" else old.replace(b"\r\n", b"\n", 1)
    ledger.write_bytes(mixed)
    done = called(*by_hand, cwd=project)
    assert (done.returncode, "line ends are mixed" in done.stderr) == (2, True)
    assert ledger.read_bytes() == mixed


def test_a_form_that_has_no_line_of_its_own_is_refused_with_what_to_write() -> None:
    flow = re.sub(
        r"  - id: go\n(?:    .*\n)+",
        "  - {id: go, topic: prices, label: {zh: Go, en: Go}, value: {amount: 8, currency: USD}, "
        "as_of: 2026-09-01, ttl_days: 90, confidence: high, sources: [shop]}\n",
        FACTS,
    )
    with pytest.raises(InputError, match=r"facts\.yml:\d+: 'go'.*shop: \{date: 2026-10-01\}"):
        confirm.apply(held(flow), flow, [Seen("go", "shop", "2026-10-01")])


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_whatever_a_note_holds_the_ledger_reads_it_back(note: str) -> None:
    try:
        text = confirm.apply(held(), FACTS, [Seen("go", "shop", "2026-10-01", note=note)])
    except InputError:  # what no ledger may hold
        assert not note.isprintable()
        return
    assert known(text).facts["go"].seen["shop"].note == note


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["gp", "--source", "shop", "--seen", "2026-10-01"], "there is no fact 'gp'"),
        (["go", "--source", "shp", "--seen", "2026-10-01"], "'shp' is no source of 'go': shop"),
        (["go", "--source", "shop", "--seen", "2099-01-01"], "is still to come"),
        (["go", "--source", "shop"], "say what was seen"),
        (["go", "--from-history"], "takes no fact"),
        (["--from-history", "--cache", "none.sqlite"], "none.sqlite is no file"),
    ],
)
def test_the_command_refuses_in_one_line_and_changes_nothing(
    project: Path, arguments: list[str], why: str
) -> None:
    done = called("confirm", *arguments, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert (project / "docs/ledgers/facts.yml").read_text() == FACTS


def test_by_hand_it_writes_and_shows_the_change(project: Path) -> None:
    by_hand = ("confirm", "go", "--source", "shop", "--seen", "2026-11-24")
    done = kb("--root", str(project), *by_hand, "--note", "x")
    assert done.returncode == 0, done.stderr
    assert "+    as_of: 2026-11-24" in done.stdout
    text = (project / "docs/ledgers/facts.yml").read_text()
    assert '      shop: {date: 2026-11-24, note: "x"}' in text


def test_from_history_shows_and_writes_only_when_told_to(project: Path) -> None:
    cache = project / ".cache/links.sqlite"
    with History(cache) as opened:
        opened.saw([read("go", "says", NOW)])
    shown = called("confirm", "--from-history", "--summary", "table.md", cwd=project)
    assert "+    as_of: 2027-01-15" in shown.stdout
    assert (project / "docs/ledgers/facts.yml").read_text() == FACTS
    table = (project / "table.md").read_text()
    assert (
        "| go | `US$8` | 2026-09-01 | 2027-01-15 | [shop](https://example.org/prices) "
        "| `its words` |" in table
    )
    assert called("confirm", "--from-history", "--fix", cwd=project).returncode == 0
    assert "as_of: 2027-01-15" in (project / "docs/ledgers/facts.yml").read_text()
    assert (
        called("confirm", "--from-history", "--fix", cwd=project).stdout == "nothing to confirm\n"
    )


@pytest.mark.parametrize(("day", "moved"), [("2027-01-15", True), ("2027-01-14", False)])
def test_a_visit_of_a_day_to_come_confirms_nothing(project: Path, day: str, moved: bool) -> None:
    with History(project / ".cache/links.sqlite") as opened:
        opened.saw([read("go", "says", NOW)])
    shown = called("confirm", "--from-history", "--as-of", day, cwd=project)
    assert shown.returncode == 0, shown.stderr
    assert ("+    as_of: 2027-01-15" in shown.stdout) == moved


def test_the_words_of_a_page_cannot_write_the_reviewers_table() -> None:
    bad = "a | b <img src=x> [x](http://evil.example) @all `x`\n# H www.evil.example $a$ \u202e#1"
    table = confirm.table(known(), [Seen("go", "shop", "2027-01-15", words=bad)])
    assert table.count("\n") == 3
    # In code no address, mention, number of an issue or formula becomes more than text.
    words = "a ¦ b <img src=x> [x](http://evil.example) @all ˋxˋ # H www.evil.example $a$ #1"
    assert table.splitlines()[2].endswith(f"(https://example.org/prices) | `{words}` |")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project with the facts of this room, on a later day."""
    monkeypatch.setenv("KB_AS_OF", "2027-02-01")
    root = small.project(tmp_path)
    (root / "docs/ledgers/facts.yml").write_text(FACTS)
    (root / ".cache").mkdir()
    return root


# ---- what readers and maintainers see

SITE = prose.Site(sources=True, today=entries.first_day("2026-11-29"))
HERE = {locale: prose.Place("2026-11", "index", locale, "zh") for locale in ("zh", "en")}
CONFIRMED = confirm.apply(held(), FACTS, [Seen("go", "shop", "2026-11-28")])
CONTESTED = confirm.apply(held(), FACTS, [Seen("go", "shop", "2026-11-28", other="US$9")])


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "confirmed 28 November 2026 at “price page”"),
        ("zh", "2026 年 11 月 28 日在“价格页”核对过"),
    ],
)
def test_readers_are_told_when_and_where_it_was_confirmed(locale: str, said: str) -> None:
    held = known(CONFIRMED)
    fact = held.facts["go"]
    assert said in pages.notes([fact], HERE[locale], SITE)
    assert said in prose.description(fact, locale, SITE.today)
    plain = known()
    assert said not in pages.notes([plain.facts["go"]], HERE[locale], SITE)


@pytest.mark.parametrize(("locale", "note"), [("en", "sources differ"), ("zh", "来源说法不一")])
def test_a_contested_value_keeps_its_place_with_a_calm_note(locale: str, note: str) -> None:
    held = known(CONTESTED)
    fact = held.facts["go"]
    assert fact.as_of == "2026-09-01"
    assert note in prose.linked(fact, HERE[locale], SITE)
    assert "US$9" in pages.notes([fact], HERE[locale], SITE)
    assert note not in prose.linked(known(CONFIRMED).facts["go"], HERE[locale], SITE)


def test_facts_json_carries_what_was_seen() -> None:
    def of(text: str) -> Any:
        data = json.loads(published(known(text), "2026-11", ("zh", "en"), SITE.today))
        return next(fact for fact in data["facts"] if fact["id"] == "go")

    assert of(CONFIRMED)["sources"][0]["seen"] == "2026-11-28"
    assert of(CONFIRMED)["contested"] is False
    assert of(CONTESTED)["contested"] is True
    assert of(CONTESTED)["sources"][0]["said"] == "US$9"


def test_a_source_that_was_seen_bears_the_date_and_another_name_is_a_fault() -> None:
    assert entries.check(held(CONFIRMED)) == []
    moved = CONFIRMED.replace("      shop: {date: 2026-11-28}", "      shop: {date: 2026-11-27}")
    assert {each.rule for each in entries.check(held(moved))} == {"fact-date", "fact-confidence"}
    wrong = CONFIRMED.replace("      shop: {date", "      shup: {date")
    assert "'shup' is no source of 'go'" in entries.check(held(wrong))[0].message


def test_status_names_what_changed_what_a_machine_and_what_only_a_person_can_confirm(
    project: Path,
) -> None:
    with History(project / ".cache/links.sqlite") as opened:
        opened.saw([read("go", "says", NOW), read("plus", "says-other", NOW, "$23")])
        opened.saw([read("seat", "unread", NOW)])
    done = called("status", "--as-of", "2027-02-01", "--cache", ".cache/links.sqlite", cwd=project)
    text = done.stdout
    assert "plus: US$20 → $23 at shop (one visit so far)" in text
    assert re.search(r"--from-history --fix`:\n(?:  .*\n)*  go: seen on 2027-01-15 at shop", text)
    assert re.search(r"open in a browser.*\n(?:  .*\n)*  seat: shop: its words", text, re.S)
    assert "luna-input: no source was visited" in text


# ---- reading


def lines(body: str) -> list[tuple[str, ...]]:
    return [(each.text, *each.heads) for each in reading.page(body)]


def test_cells_stand_below_their_row_and_column_also_where_they_span() -> None:
    table = (
        "<table><tr><th>Plan<th>Term<th colspan=2>Price"
        "<tr><td rowspan=2>Team<td>monthly<td>$30<td>€28<tr><td>yearly<td>$25<td>€23</table>"
    )
    found = lines(table)
    assert ("$25", "Team · yearly", "Price") in found
    assert ("€28", "Team · monthly", "Price") in found


@given(st.text("<>/ abtdhrle=\"'&;", max_size=200))
def test_no_page_breaks_the_reader(text: str) -> None:
    reading.page(text)


@given(st.text("0123456789 $€.,–-~/七天monthPlus", max_size=120))
def test_no_line_breaks_the_search_for_values(text: str) -> None:
    for some in visit.targets(known()).values():
        for target in some:
            judge.judge([reading.Line(text)], target.wanted)


@pytest.mark.soak
@pytest.mark.parametrize(
    "piece",
    ["$20 ", "<td>$20", "<del>", "<table><tr>", "Plus $20–", "七", "1,", "<h2>Plus</h2>$20 "],
)
def test_the_time_is_linear_in_the_page(piece: str) -> None:
    """Ten times the page takes about ten times the time."""
    every = [target for some in visit.targets(known()).values() for target in some]

    def cost(size: int) -> float:
        start = time.process_time()
        page = reading.page(piece * (size // len(piece)))
        for target in every:
            judge.judge(page, target.wanted)
        return time.process_time() - start

    cost(20_000)
    assert cost(400_000) < 40 * max(cost(40_000), 0.05)
