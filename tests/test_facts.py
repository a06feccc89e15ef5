"""Facts: golden cases for the rules, moved clocks, values in prose, generated pages, feed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any
from xml.etree import ElementTree

import jsonschema
import markdown
import pytest

from conftest import GUIDE, ROOT
from golden import CASES
from kb import ledger, words
from kb.facts import checks, entries, estimator, pages
from kb.facts import data as for_machines
from kb.facts.prose import Place, Site, age, description, linked, render
from kb.text.page import Page

LOCALES = ("en", "zh")
BASE = (CASES / "facts/base/docs/ledgers/facts.yml").read_text("utf-8")
TODAY = date(2026, 7, 2)
PRICE = "    token_price: {{model: M1, of: {}}}\n"


def read(text: str = BASE) -> ledger.Ledger:
    return ledger.load(text, "ledger", "facts")


def known(text: str = BASE) -> entries.Facts:
    found = entries.read(read(text))
    assert found.facts
    return found


def prose(text: str, locale: str = "en", today: date = TODAY) -> str:
    here = Place("2026-11", "start/plans", locale, "zh")
    return render(text, known(), here, Site(True, today))


# ---- rules


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2026, 6, 30), "current"),  # a clock that runs behind
        (date(2026, 10, 9), "current"),  # the 100th day
        (date(2026, 10, 10), "due"),
        (date(2027, 1, 17), "due"),  # the 200th
        (date(2027, 1, 18), "expired"),
    ],
)
def test_the_clock_decides_what_is_due(today: date, state: str) -> None:
    fact = known().facts["plus-price"]
    assert fact.term.state(today) == state
    found = [due.finding for due in entries.status(read(), today)]
    expected = [] if state == "current" else [f"fact-{state}"] * 3
    assert [finding.rule for finding in found] == expected
    assert fact.term.due_on == date(2026, 10, 10)
    assert fact.term.expires_on == date(2027, 1, 18)


def test_a_due_fact_names_the_line_of_its_date_and_what_to_read() -> None:
    days, found = next(entries.status(read(), date(2026, 10, 10)))
    assert days == 1
    assert str(found) == (
        "ledger:19: 'plus-price' is 1 day overdue (101 days old, of 100) [fact-due]\n"
        "  → check it: https://help.example/plus https://blog.example/plus"
    )
    assert found.severity == "warning"


def test_a_ledger_with_warnings_is_read_and_one_with_errors_is_not() -> None:
    spare = "  spare: {kind: official, title: {zh: 甲, en: A}}\nfacts:\n"
    assert entries.read(read(BASE.replace("facts:\n", spare))).facts
    assert not entries.read(read(BASE.replace("[blog]", "[blob]"))).facts
    assert not entries.read(read("- not: this\n")).facts
    assert not entries.read(ledger.load("", "ledger")).facts


# ---- values


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ({"amount": 20, "currency": "USD"}, "20 美元", "US$20"),
        ({"amount": 19.9, "currency": "EUR"}, "19.90 欧元", "€19.90"),
        ({"amount": 0.025, "currency": "USD"}, "0.025 美元", "US$0.025"),
        ({"amount": 1500.5, "currency": "INR"}, "1,500.50 卢比", "₹1,500.50"),
        ({"amount": 15000, "currency": "CNY"}, "15,000 元", "RMB 15,000"),
        ({"amount": 3, "to": 4, "currency": "USD"}, "3–4 美元", "US$3–4"),
        (
            {"number": 5, "to": 7, "unit": {"zh": "个工作日", "en": "working days"}},
            "5–7 个工作日",
            "5–7 working days",
        ),
        ({"date": "2026-10-23"}, "2026 年 10 月 23 日", "23 October 2026"),
        ({"date": "2026-10"}, "2026 年 10 月", "October 2026"),
        ({"date": "2026"}, "2026 年", "2026"),
        ({"name": "gpt-4"}, "gpt-4", "gpt-4"),
        ({"text": {"zh": "默认开启", "en": "on by default"}}, "默认开启", "on by default"),
        ({"unknown": {"zh": "未查到", "en": "not found"}}, "未查到", "not found"),
    ],
)
def test_a_value_is_said_in_the_form_of_its_language(value: Any, zh: str, en: str) -> None:
    assert entries.say(value, "zh") == zh
    assert entries.say(value, "en") == en


def test_a_fact_becomes_a_link_that_tells_its_date_and_its_official_source_first() -> None:
    assert prose("From [[plus-price]].") == (
        'From <a class="kb-fact" aria-description="as of 1 July 2026, Blog, Help &#40;undated&#41;"'
        ' href="../../about/sources/#fact-plus-price">US$20</a>.'
    )
    assert ">20 美元</a>" in prose("[[plus-price]]", "zh")
    assert prose("[[plus-price.date]], [[plus-price.text]]", "zh") == "2026 年 7 月 1 日, 20 美元"


def test_low_confidence_is_visible_but_not_said_of_what_is_unknown() -> None:
    assert "GPT-9 (unconfirmed)</a>" in prose("[[rumour]]").replace("&#40;", "(")
    assert "GPT-9（未证实）</a>" in prose("[[rumour]]", "zh")
    assert 'class="kb-fact kb-fact--low"' in prose("[[rumour]]")
    text = BASE.replace("{name: GPT-9}", "{unknown: {zh: 未查到, en: not found}}")
    here = Place("2026-11", "index", "zh", "zh")
    shown = linked(known(text).facts["rumour"], here, Site(True, TODAY))
    assert "未查到</a>" in shown
    assert "kb-fact--low" in shown


def test_the_tooltip_pairs_each_name_with_its_own_date() -> None:
    text = BASE.replace("    note: {zh: 2026", "    date: 2026-03\n    note: {zh: 2026")
    for old in ("sources: [blog, help]", "sources: [help, blog]"):
        text = text.replace(old, "sources: [blog]\n    earlier: [help]")
    fact = known(text).facts["plus-price"]
    assert description(fact, "en", TODAY) == "as of 1 July 2026, Blog, Help (March 2026)"
    fact = fact._replace(as_of="2026-03", sources=(*fact.earlier, *fact.sources), earlier=())
    told = description(fact, "zh", date(2026, 4, 1))
    assert told == "截至 2026 年 3 月，帮助中心，另有 1 处来源"


def test_unconfirmed_is_said_once_in_a_section() -> None:
    shown = prose("[[rumour]] [[rumour]]\n\n## Next { #next }\n\n[[rumour]] [[plus-price]]")
    assert shown.count("unconfirmed") == 2
    assert shown.count("kb-fact--low") == 3


def test_own_words_stand_for_the_value_with_their_markup() -> None:
    assert ">**20 dollars a month** (US$20)</a>" in prose(
        "[[plus-price|**20 dollars a month** (US$20)]]"
    )
    assert "GPT-9, they say (unconfirmed)" in prose("[[rumour|GPT-9, they say]]").replace(
        "&#40;", "("
    )


@pytest.mark.parametrize(
    ("value", "locale", "words", "right"),
    [
        ({"amount": 20, "currency": "USD"}, "zh", "每月 **20 美元**", True),
        ({"amount": 20, "currency": "USD"}, "zh", "20美元", True),
        ({"amount": 20, "currency": "USD"}, "zh", "120 美元", False),
        ({"amount": 20, "currency": "USD"}, "zh", "20 欧元", False),
        ({"amount": 20, "currency": "USD"}, "en", "US$20 a month", True),
        ({"amount": 20, "currency": "USD"}, "en", "US$20.50", False),
        ({"amount": 20, "currency": "USD"}, "en", "US$200", False),
        ({"number": 272000, "unit": {"en": "tokens"}}, "en", "272,000 of them", True),
        ({"number": 14, "unit": {"zh": "天"}}, "zh", "14 天内", True),
        ({"number": 14, "unit": {"zh": "天"}}, "zh", "两周内", False),
        ({"number": 14, "unit": {"zh": "天"}, "forms": {"zh": ["两周"]}}, "zh", "两周内", True),
        ({"number": 14, "unit": {"zh": "天"}, "forms": {"en": ["两周"]}}, "zh", "两周内", False),
        ({"date": "2026-11-17"}, "zh", "2026 年 11 月 17 日起", True),
        ({"date": "2026-11-17"}, "zh", "11 月 17 日", False),
        ({"date": "2026-11"}, "en", "in November 2026", True),
        ({"name": "GPT-6.1 Terra"}, "en", "the gpt-6.1 terra model", True),
        ({"name": "GPT-6.1 Terra"}, "en", "GPT-6.1", False),
        ({"text": {"en": "not supported"}, "forms": {"en": ["no"]}}, "en", "No.", True),
    ],
)
def test_own_words_contain_the_value(value: Any, locale: str, words: str, right: bool) -> None:
    assert entries.holds(value, locale, words) is right


def test_a_due_fact_has_a_dated_note_where_a_page_first_names_it() -> None:
    page = "[[plus-price]] [[plus-price]]"
    due = prose(page, today=date(2026, 10, 10))
    note = '<span class="kb-fact__due"> (as of 1 July 2026, due for a check)</span></a>'
    assert due.count(note) == due.count("kb-fact__due") == 1
    assert due.index(note) < due.rindex("<a")
    assert due.count("kb-fact--due") == 2
    assert "due for a check" not in prose(page, today=date(2026, 10, 9))


def test_a_value_past_twice_its_time_tells_its_last_day_once_and_is_marked_ever_after() -> None:
    page = "[[plus-price]], [[plus-price]], [[plus-price.text]]"
    late = date(2027, 1, 18)
    first, second, third = prose(page, today=late).split("</a>, ")
    told = "last confirmed on 1 July 2026, not confirmed since"
    assert first.endswith(f'>US$20<span class="kb-fact__due"> ({told})</span>')
    assert f'aria-description="{told}, Blog, Help' in first
    assert second.endswith('>US$20<span class="kb-fact__due"> (no longer confirmed)</span>')
    assert third == "US$20 &#40;no longer confirmed&#41;"
    chinese = prose(page, "zh", late)
    assert chinese.count("（最后确认于 2026 年 7 月 1 日，此后未再确认）") == 1
    assert chinese.count("（久未确认）") == 2
    assert chinese.count("kb-fact--expired") == 2
    assert "confirmed" not in prose(page, today=date(2027, 1, 17))


@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        ("2026-07-01", "last confirmed on 1 July 2026, not confirmed since"),
        ("2026-07", "last confirmed in July 2026, not confirmed since"),
        ("2026", "last confirmed in 2026, not confirmed since"),
    ],
)
def test_a_month_is_no_day_in_words_either(as_of: str, told: str) -> None:
    assert age(known().facts["plus-price"]._replace(as_of=as_of), "en", date(2030, 1, 1)) == told


def test_generated_parts_tell_what_nobody_confirms_any_more() -> None:
    late = date(2027, 1, 18)
    page = made("sources", today=late)
    assert page.count('<strong class="kb-fact--expired">') == 3
    tree = ElementTree.fromstring(page[page.index("<dl") : page.index("</dl>") + 5])
    assert [div.findtext("dd/small") for div in tree] == [
        "last confirmed on 1 July 2026, not confirmed since",
        "last confirmed on 1 July 2026, not confirmed since",
        "last confirmed on 1 July 2026, not confirmed since, low confidence, unconfirmed",
    ]
    for name in ("changes", "corrections"):
        assert "最后确认于 2026 年 7 月 1 日，此后未再确认" in made(name, "zh", today=late)


def test_the_estimator_does_not_count_silently_with_prices_that_nobody_confirms() -> None:
    text = BASE.replace("    confidence: high\n", f"    confidence: high\n{PRICE.format('input')}")
    text = text.replace(
        "{name: GPT-9}\n", f"{{amount: 9, currency: USD}}\n{PRICE.format('output')}"
    )
    here = Place("2026-11", "api/estimate", "en", "zh")
    for today, mark in ((date(2027, 1, 17), ""), (date(2027, 1, 18), " (no longer confirmed)")):
        page = pages.part("estimator", 2, known(text), here, Site(True, today))
        assert f">M1{mark}</option>" in page
        assert f"Example: M1{mark}, 1,000 requests" in page


def test_code_comments_and_what_is_unknown_stay_as_written() -> None:
    for text in (
        "`[[plus-price]]`",
        "```\n[[plus-price]]\n```",
        "<!-- [[plus-price]] -->",
        "    [[plus-price]]",
        "[[plus-prize]] [[plus-price.now]]",
        "[[plus-price]](page.md)",
        "---\n\n`[[plus-price]]`\n\n---\n",
    ):
        assert prose(text) == text


def test_a_rule_at_the_top_of_a_page_is_no_front_matter() -> None:
    assert "US$20" in prose("---\n\n[[plus-price]]\n\n---\n")


def test_markdown_leaves_the_link_whole_whatever_its_texts_hold() -> None:
    nasty = 'a_b_ *c* [d](e) `f` | \\g ~h~ <i> "j" & ![k](l) https://m.example'
    text = BASE.replace("en: Help}", f"en: {json.dumps(nasty)}}}").replace(
        "{name: GPT-9}", f"{{name: {json.dumps(nasty)}}}"
    )
    here, site = Place("2026-11", "index", "en", "zh"), Site(True, TODAY)
    table = "| a | b |\n|---|---|\n| [[plus-price]] | [[rumour]] |"
    made = markdown.markdown(render(table, known(text), here, site), extensions=["tables"])
    cells = ElementTree.fromstring(made).findall(".//td/a")
    assert [cell.text for cell in cells] == ["US$20", f"{nasty} (unconfirmed)"]
    assert cells[0].get("aria-description") == f"as of 1 July 2026, Blog, {nasty} (undated)"


def test_a_value_leads_to_its_editions_own_page_of_sources() -> None:
    here = Place("2023-07", "plus/index", "en", "zh")
    shown = linked(known().facts["plus-price"], here, Site(True, TODAY))
    assert 'href="../about/sources/#fact-plus-price"' in shown


# ---- generated pages


def made(name: str, locale: str = "en", edition: str = "2026-11", today: date = TODAY) -> str:
    here = Place(edition, "changes", locale, "zh")
    return pages.part(name, 3, known(), here, Site(True, today))


def test_the_page_of_sources_has_every_fact_at_its_anchor() -> None:
    page = made("sources", today=date(2026, 10, 10))
    assert page.startswith("### Plans { #topic-plans }\n")
    assert page.endswith('<p><a href="../../facts.json">facts.json</a></p>')
    tree = ElementTree.fromstring(page[page.index("<dl") : page.index("</dl>") + 5])
    assert [div.get("id") for div in tree] == ["fact-plus-price", "fact-old-end", "fact-rumour"]
    first = tree[0]
    assert first.findtext("dt") == "Plus per month"
    assert first.findtext("dd/strong") == "US$20"
    assert first.findtext("dd/small") == ("as of 1 July 2026, due for a check, high confidence")
    items = first.findall("dd/ul/li")
    assert [item.findtext("a") for item in items] == ["Help", "Blog"]
    assert [item[0].tail for item in items] == [
        ", undated, copy of 2026",
        ", 1 July 2026, secondary",
    ]


def test_a_source_without_an_address_is_described_and_not_linked() -> None:
    text = BASE.replace("    url: https://blog.example/plus\n", "").replace(": high", ": medium")
    here = Place("2026-11", "about/sources", "zh", "zh")
    page = pages.part("sources", 2, known(text), here, Site(True, TODAY))
    assert "<li>博客，2026 年 7 月 1 日，二手资料</li>" in page


def test_what_changed_leads_from_the_old_statement_to_the_fact() -> None:
    page = made("changes")
    assert page.endswith('<p><a href="../../../en/feed.xml">Atom: feed.xml</a></p>')
    table = page[page.index("<table") : page.index("</table>") + 8]
    row = ElementTree.fromstring(table).findall(".//tbody/tr")
    assert [found.get("id") for found in row] == ["change-old-end"]
    then, now = row[0].findall("td/a")
    assert (then.text, then.get("href")) == ("GPT-3.5", "../../../2023-07/en/billing/#free")
    assert (now.text, now.get("href")) == ("23 October 2026", "../about/sources/#fact-old-end")


def test_corrections_are_those_of_the_editions_own_ledger() -> None:
    page = made("corrections", "zh", "2023-07")
    assert '<dt><a href="../billing/#free">GPT-3.5</a></dt>' in page
    assert "旧模型退出：<a" in page


def test_a_value_of_an_edition_without_a_page_of_sources_leads_to_the_note_on_its_page() -> None:
    fact = known().facts["plus-price"]
    shown = linked(fact, Place("2023-07", "billing", "en", "zh"), Site(False, TODAY))
    assert 'href="#kb-fact-plus-price"' in shown
    page, held = pages.numbered(shown, known())
    assert 'href="#kb-fact-plus-price" data-note="1"' in page
    assert held == [fact]


def test_a_generated_part_takes_the_level_of_its_place() -> None:
    here, site = Place("2026-11", "about/sources", "en", "zh"), Site(True, TODAY)
    levels: list[tuple[str, int]] = []

    def make(name: str, level: int) -> str:
        levels.append((name, level))
        return "made"

    text = "<!-- kb:changes -->\n\n# A\n\n## B\n\n<!-- kb:sources -->\n\n`<!-- kb:sources -->`\n"
    shown = render(text, known(), here, site, make)
    assert levels == [("changes", 2), ("sources", 3)]
    assert shown.count("made") == 2
    assert "`<!-- kb:sources -->`" in shown


# ---- the estimator

PRICED = BASE.replace(
    "    confidence: high\n",
    "    confidence: high\n    token_price: {model: M <1>, of: input}\n",
).replace(
    "value: {name: GPT-9}\n",
    "value: {amount: 0.5, currency: USD}\n    token_price: {model: M <1>, of: output}\n",
)


def test_an_estimate_shows_its_arithmetic() -> None:
    text = words.of("en")
    prices = (Decimal("0.10"), Decimal("2.5"))
    assert estimator.cost_lines(text, 1_000, (2_000, 500), prices) == [
        "Input: 2,000 ÷ 1,000,000 × US$0.10 = US$0.0002",
        "Output: 500 ÷ 1,000,000 × US$2.50 = US$0.00125",
        "Per request: 0.0002 + 0.00125 = US$0.00145",
        "Total: 1,000 × 0.00145 = US$1.45",
    ]


def test_without_dated_prices_the_estimator_is_a_formula_and_an_empty_form() -> None:
    page = made("estimator")
    assert "**Cost = requests × (" in page
    assert "<table>" not in page
    assert page.count("<option") == 1


def test_prices_stand_in_the_table_and_in_the_form() -> None:
    here, site = Place("2026-11", "api/estimate", "en", "zh"), Site(True, TODAY)
    page = pages.part("estimator", 2, known(PRICED), here, site)
    assert "<td>M &lt;1&gt;</td>" in page
    assert '<option data-input="20" data-output="0.5">M &lt;1&gt;</option>' in page
    assert "1,000 × 0.04025 = US$40.25" in page


def test_a_price_that_only_the_estimator_shows_is_used() -> None:
    found = checks.check(read(PRICED), {}, LOCALES, (), TODAY)
    assert found == []


def test_a_model_without_both_prices_is_left_out() -> None:
    half = BASE.replace(
        "    confidence: high\n", "    confidence: high\n    token_price: {model: M, of: input}\n"
    )
    assert estimator.token_prices(known(half)) == {}


def test_the_script_computes_what_the_page_shows() -> None:
    node = shutil.which("node")
    if not node:
        pytest.skip("node is not installed; the browser test covers the form")
    text = words.of("en")
    texts = {
        "inputLine": text("estimator.input-line"),
        "outputLine": text("estimator.output-line"),
        "requestLine": text("estimator.request-line"),
        "totalLine": text("estimator.total-line"),
    }
    numbers = {
        "requests": 1000,
        "inputTokens": 2000,
        "outputTokens": 500,
        "inputPrice": 0.1,
        "outputPrice": 2.5,
    }
    script = ROOT / "overrides" / "assets" / "estimator.js"
    code = (
        f"require('vm').runInThisContext(require('fs').readFileSync({json.dumps(str(script))}));"
        f"console.log(JSON.stringify(lines({json.dumps(texts)}, {json.dumps(numbers)})))"
    )
    run = subprocess.run([node, "-e", code], capture_output=True, text=True, check=True)
    prices = (Decimal("0.1"), Decimal("2.5"))
    assert json.loads(run.stdout) == estimator.cost_lines(text, 1_000, (2_000, 500), prices)


# ---- for machines

ATOM = "{http://www.w3.org/2005/Atom}"
CHANGED = BASE.replace(
    "    sources: [blog, help]\n",
    "    sources: [blog, help]\n    changed:\n"
    "      - {date: 2026-01, value: {amount: 19, currency: USD}}\n"
    "      - {date: 2026-07-02, value: {amount: 20, currency: USD}}\n",
)


def feed(text: str = CHANGED, locale: str = "en", site: str = "https://a.test/x/") -> Any:
    return ElementTree.fromstring(
        for_machines.feed(known(text), Place("2026-11", "index", locale, "zh"), site, "feed.xml")
    )


def test_published_facts_are_as_their_schema_says() -> None:
    schema = json.loads((ledger.SCHEMAS / "facts-published.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for text in (BASE, CHANGED, PRICED):
        data = json.loads(for_machines.published(known(text), "2026-11", LOCALES, TODAY))
        jsonschema.validate(data, schema)
    data["facts"][0]["as_of"] = "yesterday"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema)


def test_published_facts_carry_value_texts_and_dates() -> None:
    first, second = json.loads(for_machines.published(known(), "2026-11", LOCALES, TODAY))["facts"][
        :2
    ]
    assert first["value"] == {"amount": 20, "currency": "USD"}
    assert first["text"] == {"zh": "20 美元", "en": "US$20"}
    assert (first["due_on"], first["withdrawn_on"]) == ("2026-10-10", "2027-01-18")
    assert [source["kind"] for source in first["sources"]] == ["official", "secondary"]
    assert second["was"] == {"edition": "2023-07", "text": {"zh": "GPT-3.5", "en": "GPT-3.5"}}


@pytest.mark.parametrize(("day", "withdrawn"), [(17, False), (18, True)])
def test_machines_are_told_what_nobody_confirms_any_more(day: int, withdrawn: bool) -> None:
    data = json.loads(for_machines.published(known(), "2026-11", LOCALES, date(2027, 1, day)))
    assert {fact["withdrawn"] for fact in data["facts"]} == {withdrawn}


@pytest.mark.parametrize("locale", LOCALES)
def test_the_feed_has_what_atom_asks_for(locale: str) -> None:
    tree = feed(locale=locale)
    home = "https://a.test/x/2026-11/" + ("en/" if locale == "en" else "")
    assert tree.tag == f"{ATOM}feed"
    links = {link.get("rel"): link.get("href") for link in tree.findall(f"{ATOM}link")}
    assert links == {"self": "https://a.test/x/feed.xml", "alternate": home}
    entries = tree.findall(f"{ATOM}entry")
    for part in (tree, *entries):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1, name
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", part.findtext(f"{ATOM}id"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", part.findtext(f"{ATOM}updated"))
    assert tree.findtext(f"{ATOM}author/{ATOM}name")
    assert entries[0].find(f"{ATOM}link").get("href") == f"{home}about/sources/#fact-plus-price"


def test_the_feed_lists_each_change_newest_first() -> None:
    titles = [entry.findtext(f"{ATOM}title") for entry in feed().findall(f"{ATOM}entry")]
    assert titles == [
        "Plus per month: US$20",
        "Old model leaves: 23 October 2026. Edition 2023-07 said: GPT-3.5.",
        "Plus per month: US$19",
    ]
    assert feed().findtext(f"{ATOM}updated") == "2026-07-02T00:00:00Z"


def test_ids_of_entries_are_their_own_and_outlive_a_move_and_a_check() -> None:
    def ids(tree: Any) -> list[str]:
        return [entry.findtext(f"{ATOM}id") for entry in tree.findall(f"{ATOM}entry")]

    assert len({*ids(feed()), *ids(feed(locale="zh"))}) == 6
    assert ids(feed()) == ids(feed(site="https://b.test/"))
    checked = CHANGED.replace(": 2026-07-01\n", ": 2026-06-30\n")
    assert sorted(ids(feed())) == sorted(ids(feed(checked)))


# ---- what sources bear

SECONDARY, OFFICIAL = (entries.Source("a", kind, {}) for kind in ("secondary", "official"))
LINKED = SECONDARY._replace(url="https://a.test/")
DATED = LINKED._replace(date="2026-07-01")


@pytest.mark.parametrize(
    ("read", "earlier", "earned"),
    [
        ([DATED], [], "low"),  # a single witness, however good
        ([SECONDARY, SECONDARY], [], "medium"),
        ([DATED, SECONDARY], [], "medium"),  # two, but readers can open one only
        ([LINKED, LINKED], [], "medium"),  # of no date
        ([DATED, LINKED], [], "high"),
        ([OFFICIAL], [], "medium"),  # of no date
        ([SECONDARY], [OFFICIAL._replace(date="2026-03")], "medium"),
        ([DATED], [OFFICIAL._replace(date="2026-03")], "high"),
        ([OFFICIAL._replace(date="2026-07-01")], [], "high"),
        ([OFFICIAL._replace(date="2026")], [], "high"),  # its year holds the day
        ([OFFICIAL._replace(date="2026-06")], [], "medium"),
        ([OFFICIAL._replace(date="2026-08")], [], "high"),
    ],
)
def test_confidence_is_what_the_sources_bear(read: Any, earlier: Any, earned: str) -> None:
    assert entries.confidence("2026-07-01", read, earlier) == earned


def test_status_names_a_newer_source_that_the_ledger_has() -> None:
    text = (
        BASE.replace("as_of: 2026-07-01", "as_of: 2026-03")
        .replace("    note: {zh: 2026", "    date: 2026-03\n    note: {zh: 2026")
        .replace("sources: [blog]", "sources: [help, blog]")
    )
    hints = [due.finding.hint for due in entries.status(read(text), date(2026, 8, 1))]
    assert hints
    assert all("a newer source: blog of 2026-07-01; check it: " in hint for hint in hints)


# ---- the ledger of this guide


def test_the_guides_own_ledger_is_without_faults() -> None:
    own = GUIDE.ledger(entries.LEDGER)
    assert entries.check(own) == []
    found = entries.read(own).facts
    assert len(found) > 150
    for fact in found.values():
        for locale in LOCALES:
            assert entries.say(fact.value, locale)


def test_the_guides_old_statements_stand_where_the_ledger_says() -> None:
    own = entries.read(GUIDE.ledger(entries.LEDGER))
    places = {fact.was.at for fact in own.facts.values() if fact.was}
    ids = {
        f"{page}#{anchor.id}"
        for page in {place.partition("#")[0] for place in places}
        for anchor in GUIDE.pages[f"2023-07/zh/{page}.md"].ids
    }
    assert places - ids == set()


OWN = GUIDE.of("2026-11")


def other(value: entries.Value) -> entries.Value:
    """A value of the same kind that is not this one; its listed forms went with it."""
    match value:
        case {"amount": amount} | {"number": amount}:
            key = "amount" if "amount" in value else "number"
            rest = {name: part for name, part in value.items() if name != "forms"}
            return {**rest, key: amount + 1, **({"to": value["to"] + 1} if "to" in value else {})}
        case {"date": day}:
            return {"date": str(int(day[:4]) + 1) + day[4:]}
        case {"name": name}:
            return {"name": f"{name}x9"}
    return {"text": {"zh": "另一种说法", "en": "something else"}}


def test_pages_follow_each_value_of_the_ledger_or_the_check_says_where_not() -> None:
    own = entries.read(GUIDE.ledger(entries.LEDGER))
    site = Site(True, date(2026, 11, 29))
    followed = bound = 0
    for path, page in OWN.items():
        locale, text = page.locale, page.text
        here = Place("2026-11", page.name, locale, "zh")
        for mention in page.mentions:
            fact = own.facts[mention.id]
            changed = fact._replace(value=other(fact.value), changed=())
            if mention.words:
                assert not entries.holds(changed.value, locale, mention.words), (path, mention)
                bound += 1
            elif mention.form in ("", "text"):
                facts = own._replace(facts={fact.id: changed})
                shown = unescape(render(text[mention.start : mention.end], facts, here, site))
                assert entries.say(changed.value, locale) in shown, (path, mention)
                followed += 1
    assert followed > 300
    assert bound > 30


def test_a_models_name_and_its_price_are_one_fact() -> None:
    facts = known(PRICED)
    priced = next(fact for fact in facts.facts.values() if fact.token_price)
    assert priced.token_price
    here = Place("2026-11", "api/estimate", "en", "zh")
    shown = render(f"[[{priced.id}.model]]", facts, here, Site(True, TODAY))
    assert unescape(shown) == priced.token_price["model"]


# Numbers that stand on these pages and are no fact, with why they need not be.
UNBOUND = {
    "start/plans": set(),
    "subscribe/manage": set(),
    "subscribe/invoices": set(),
    "subscribe/web": set(),
    "api/billing": {"2023"},  # the year of the old guide
}


@pytest.mark.parametrize("page", UNBOUND)
@pytest.mark.parametrize("locale", LOCALES)
def test_numbers_of_five_pages_are_facts(page: str, locale: str) -> None:
    text = checks.prose(OWN[f"2026-11/{locale}/{page}.md"])
    numbers = re.findall(r"\d[\d.,]*\d|\d", re.sub(r"(?m)^ *\d+\. ", "", text))
    assert set(numbers) == UNBOUND[page]


def test_what_ages_names_a_fact_in_its_sentence_or_is_allowed() -> None:
    pages_of = {
        "2026-11/zh/index.md": "现在是 20。[[plus-price]]，现在。旧的出现在表里。`现在`\n"
        "| **设置** → 账单 | [[a]] |\n",
        "2026-11/en/index.md": "Now it is 20. Now [[plus-price|US$20]]. What now? Just now.\n",
    }
    listed = """
    - page: index
      text:
        zh: 现在是 20
        en: Nothing says so
      reason: a test
    """
    allow = ledger.load(listed, "docs/ledgers/ageing.yml", checks.AGEING)
    read_pages = {path: Page(path, text) for path, text in pages_of.items()}
    ages = "ages, and its sentence names no fact [fact-ages]"
    assert [str(finding) for finding in sorted(checks.ageing(allow, read_pages))] == [
        f"docs/2026-11/en/index.md:1:1: 'Now' {ages}",
        f"docs/2026-11/zh/index.md:2:3: '**设置** →' {ages}",
        "docs/ledgers/ageing.yml:5: no sentence of 'index' needs this [fact-ages]",
    ]


@pytest.mark.parametrize(
    ("edition", "locale", "said"),
    [
        ("2027-05", "zh", "你在看的是当前版（2027-05）。"),
        (
            "2026-11",
            "en",
            "This is edition 2026-11, archived as it stood; it is not the current one.",
        ),
    ],
)
def test_a_page_says_of_its_edition_what_the_ledger_does(
    edition: str, locale: str, said: str
) -> None:
    names = ("2027-05", "2026-11", "2023-07")
    site = Site(True, TODAY, names, names)
    page = pages.part("editions", 2, known(), Place(edition, "index", locale, "zh"), site)
    assert page.startswith(said)
    assert re.findall(r'data-edition="([^"]+)"', page) == [n for n in names if n != edition]
    alone = Site(True, TODAY, None, (edition,))
    assert "data-edition" not in pages.part(
        "editions", 2, known(), Place(edition, "index", locale, "zh"), alone
    )
