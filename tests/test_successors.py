"""Where a page and its sections are found in another edition: by path, record or words."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import three
from kb import editions, ledger, successors
from kb.editions import Edition, Editions, Language, Spot
from kb.successors import Successors
from kb.text.page import Page
from kb_tools import status

LANGUAGES = (Language("zh"), Language("en"))
LISTED = ledger.load(three.EDITIONS, "editions.yml", "editions")
KNOWN = editions.read(LISTED, ledger.EMPTY)._replace(languages=LANGUAGES)
PAGES = {
    page.path: page
    for edition, pages in three.PAGES.items()
    for name, sections in pages.items()
    for locale in ("zh", "en")
    for page in [Page(f"{edition}/{locale}/{name}.md", three.text(name, sections, locale, edition))]
}
WAYS = Successors(KNOWN, PAGES.values())
OLD, MIDDLE, NEW = three.OLD, three.MIDDLE, three.NEW
NO_PAGE, NO_SECTION = "#not-in-this-edition", "#section-not-in-this-edition"


@pytest.mark.parametrize(
    ("spot", "here", "there", "address"),
    [
        # renamed, and renamed again
        (Spot("plans"), OLD, MIDDLE, "start/plans/"),
        (Spot("plans"), OLD, NEW, "prices/"),
        (Spot("prices"), NEW, OLD, "plans/"),
        (Spot("plans", "price"), OLD, NEW, "prices/#price"),
        (Spot("prices", "price"), NEW, OLD, "plans/#price"),
        # a section whose heading is worded anew, under another id
        (Spot("plans", "refund"), OLD, NEW, "prices/#refunds"),
        (Spot("prices", "refunds"), NEW, OLD, "plans/#refund"),
        # a page split off leads to the section that it was
        (Spot("plans", "pro"), OLD, NEW, "start/pro/"),
        (Spot("start/pro"), NEW, OLD, "plans/#pro"),
        (Spot("start/pro", "who"), NEW, OLD, f"plans/#pro{NO_SECTION}"),
        # merged into a page that exists in each edition: from there the same path comes first
        (Spot("cards"), OLD, NEW, "usage/"),
        (Spot("usage"), NEW, OLD, "usage/"),
        (Spot("cards", "bad"), OLD, NEW, "usage/#bad-cards"),
        (Spot("usage", "bad-cards"), NEW, OLD, "cards/#bad"),
        (Spot("cards", "good"), OLD, MIDDLE, "usage/#good"),
        (Spot("cards", "good"), OLD, NEW, f"usage/{NO_SECTION}"),
        # gone, by a person's word
        (Spot("gone"), OLD, NEW, NO_PAGE),
        (Spot("gone", "story"), OLD, NEW, NO_PAGE),
        (Spot("usage", "trick"), OLD, NEW, f"usage/{NO_SECTION}"),
        # the edition that the reader is in
        (Spot("cards", "bad"), OLD, OLD, "cards/#bad"),
    ],
)
def test_a_place_is_found_in_the_other_edition(
    spot: Spot, here: str, there: str, address: str
) -> None:
    lost = NO_PAGE in address or NO_SECTION in address
    address = address.replace(f"#pro{NO_SECTION}", NO_SECTION)
    for locale, folder in (("zh", ""), ("en", "en/")):
        found = WAYS.counterpart(spot, locale, here, there)
        assert found.address == f"{there}/{folder}{address}"
        assert found.found is not lost


def test_the_same_path_is_there_again_after_an_edition_without_it() -> None:
    pages = [Page(f"{e}/zh/faq.md", "# F { #f }\n") for e in ("2022-01", "2020-01")]
    names = ("2022-01", "2021-01", "2020-01")
    known = Editions(tuple(Edition(name, "mkdocs.yml") for name in names), LANGUAGES)
    ways = Successors(known, pages)
    assert ways.find(Spot("faq"), "2020-01", "2022-01") == Spot("faq")
    assert ways.find(Spot("faq"), "2020-01", "2021-01") is None


def alike(old: str, new: str) -> list[tuple[Spot, Spot | None, float]]:
    pages = [
        Page("2020-01/en/p.md", f"# P {{ #p }}\n\n## {old} {{ #a }}\n"),
        Page("2021-01/en/p.md", f"# P {{ #p }}\n\n## {new} {{ #b }}\n"),
    ]
    known = Editions((Edition("2021-01", ""), Edition("2020-01", "")), LANGUAGES)
    return Successors(known, pages).steps["2020-01"].open


def test_half_of_the_words_make_a_likely_successor_and_less_do_not() -> None:
    assert alike("One two", "One three") == [(Spot("p", "a"), Spot("p", "b"), 0.5)]
    assert alike("One two", "One three four") == [(Spot("p", "a"), None, 0)]
    assert alike("一二三", "一二四") == [(Spot("p", "a"), Spot("p", "b"), 0.5)]
    assert alike("一二", "二一") == [(Spot("p", "a"), None, 0)]


def test_status_names_what_nobody_has_decided_and_what_readers_get_meanwhile() -> None:
    (found,) = status.undecided(WAYS, PAGES)
    line = PAGES[f"{OLD}/zh/plans.md"].text.split("{ #refund }")[0].count("\n") + 1
    assert str(found).splitlines() == [
        f"docs/{OLD}/zh/plans.md:{line}: nothing in {MIDDLE} is recorded as the successor of"
        " 'plans#refund'; readers are led to 'start/plans#refunds', by 74% the same words"
        " [successor-open]",
        "  → record it in docs/ledgers/editions.yml: `plans#refund: start/plans#refunds`",
    ]


def broken(line: str) -> list[str]:
    listed = ledger.load(f"{three.EDITIONS}    {line}\n", "editions.yml", "editions")
    known = editions.read(listed, ledger.EMPTY)._replace(languages=LANGUAGES)
    found = successors.check(listed, Successors(known, PAGES.values()))
    assert {each.rule for each in found} <= {"successor-missing"}
    return [each.message for each in found]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("usage#web: usage#web", ""),
        ("usage#web: [usage#web, usage#good]", ""),
        ("nowhere: usage", f"edition '{OLD}' has no 'nowhere'"),
        ("usage#nowhere: usage", f"edition '{OLD}' has no 'usage#nowhere'"),
        ("usage#web: [usage, usage#nowhere]", f"edition '{MIDDLE}' has no 'usage#nowhere'"),
        ("usage#web: plans", f"edition '{MIDDLE}' has no 'plans'"),
        # a page's own heading is the page
        ("usage#web: usage#usage-page", f"edition '{MIDDLE}' has no 'usage#usage-page'"),
    ],
)
def test_successors_must_exist_on_both_sides(line: str, message: str) -> None:
    assert broken(line) == [message] * bool(message)


SPOTS = {
    edition: [Spot(page, id_) for page, ids in pages.items() for id_ in ("", *ids)]
    for edition, pages in three.PAGES.items()
}


@given(st.sampled_from(list(product(SPOTS, SPOTS))), st.data())
def test_whatever_is_found_exists(pair: tuple[str, str], data: st.DataObject) -> None:
    here, there = pair
    spot = data.draw(st.sampled_from(SPOTS[here]))
    found = WAYS.find(spot, here, there)
    assert found is None or found in SPOTS[there]
    if here == there:
        assert found == spot
