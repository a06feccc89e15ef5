"""Where a page is found in another edition, and the ledger that says so."""

from __future__ import annotations

import pytest

from kb import editions, ledger
from kb.editions import Counterpart, Edition, Editions, Language

NEW = Edition("2027-05", "mkdocs.yml", ("latest",))
MIDDLE = Edition("2026-11", "mkdocs.2026-11.yml", (), {"start/plans": "plans"})
OLD = Edition("2023-07", "mkdocs.2023-07.yml", (), {"billing": "start/plans", "usage": "start/use"})
ALL = Editions((NEW, MIDDLE, OLD), (Language("zh"), Language("en")))
PAGES = {
    "2027-05": {"index", "plans", "about"},
    "2026-11": {"index", "start/plans", "start/use", "about"},
    "2023-07": {"index", "billing", "usage", "about", "links"},
}


@pytest.mark.parametrize(
    ("page", "locale", "here", "there", "address", "found"),
    [
        ("about", "zh", OLD, MIDDLE, "2026-11/about/", True),
        ("about", "en", OLD, NEW, "2027-05/en/about/", True),
        ("index", "en", MIDDLE, OLD, "2023-07/en/", True),
        ("billing", "zh", OLD, MIDDLE, "2026-11/start/plans/", True),
        ("billing", "zh", OLD, NEW, "2027-05/plans/", True),
        ("plans", "zh", NEW, OLD, "2023-07/billing/", True),
        ("start/plans", "en", MIDDLE, OLD, "2023-07/en/billing/", True),
        ("links", "en", OLD, NEW, "2027-05/en/#not-in-this-edition", False),
        ("usage", "zh", OLD, NEW, "2027-05/#not-in-this-edition", False),
        ("billing", "zh", OLD, OLD, "2023-07/billing/", True),
    ],
)
def test_the_counterpart_of_a_page(
    page: str, locale: str, here: Edition, there: Edition, address: str, found: bool
) -> None:
    got = editions.counterpart(page, locale, here.name, there.name, ALL, PAGES)
    assert got == Counterpart(there.name, address, found)


@pytest.mark.parametrize(
    ("page", "locale", "address"),
    [
        ("index", "zh", ""),
        ("index", "en", "en/"),
        ("plus/index", "zh", "plus/"),
        ("plus/apple", "en", "en/plus/apple/"),
    ],
)
def test_the_address_of_a_page(page: str, locale: str, address: str) -> None:
    assert editions.page_address(page, locale, "zh") == address


SETTINGS = """\
site_name: 站
plugins:
  i18n:
    languages:
      - {locale: en, site_name: Site, name: English}
      - {locale: de, build: false}
      - {locale: zh, default: true, name: 中文}
"""


def test_languages_are_those_of_the_settings_the_default_one_first() -> None:
    known = editions.read(ledger.EMPTY, ledger.load(SETTINGS, "mkdocs.yml", tagged=True))
    assert known.languages == (Language("zh", "中文", "站"), Language("en", "English", "Site"))
    assert (known.default, known.current, known.names) == ("zh", "", ())


@pytest.mark.parametrize(
    "text", ["", "[]", "plugins: 1", "plugins: [search]", "plugins: {i18n: 1}"]
)
def test_settings_without_languages_name_none(text: str) -> None:
    assert editions.read(ledger.EMPTY, ledger.load(text, "mkdocs.yml")).locales == ()


def test_plugins_may_be_a_list() -> None:
    text = "plugins: [search, {i18n: {languages: [{locale: en}]}}]"
    assert editions.read(ledger.EMPTY, ledger.load(text, "mkdocs.yml")).locales == ("en",)


def read(text: str) -> list[str]:
    listed = ledger.load(text, "editions.yml", "editions")
    pages = {"2026-11": {"plans"}, "2023-07": {"billing"}}
    return [str(finding).splitlines()[0] for finding in editions.check(listed, pages)]


GOOD = """\
- {name: 2026-11, config: mkdocs.yml, aliases: [latest]}
- name: 2023-07
  config: mkdocs.2023-07.yml
  successors:
    billing: plans
"""


def test_a_good_ledger_has_no_findings() -> None:
    assert read(GOOD) == []


def test_successors_must_exist_on_both_sides() -> None:
    assert read(GOOD + "    gone: nowhere\n") == [
        "editions.yml:6: edition '2023-07' has no page 'gone' [successor-missing]",
        "editions.yml:6: edition '2026-11' has no page 'nowhere' [successor-missing]",
    ]


def test_an_edition_is_listed_once() -> None:
    assert read(GOOD + "- {name: 2026-11, config: mkdocs.yml}\n") == [
        "editions.yml:6: edition '2026-11' is listed twice [ledger-schema]"
    ]
