"""Which editions and languages there are, and where pages lie."""

from __future__ import annotations

import pytest

from kb import editions, ledger
from kb.editions import Language, Spot


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
    assert known.languages == (
        Language("zh", "中文", "站", 7),
        Language("en", "English", "Site", 5),
    )
    assert (known.default, known.current, known.names) == ("zh", "", ())


@pytest.mark.parametrize(
    "text", ["", "[]", "plugins: 1", "plugins: [search]", "plugins: {i18n: 1}"]
)
def test_settings_without_languages_name_none(text: str) -> None:
    assert editions.read(ledger.EMPTY, ledger.load(text, "mkdocs.yml")).locales == ()


def test_plugins_may_be_a_list() -> None:
    text = "plugins: [search, {i18n: {languages: [{locale: en}]}}]"
    assert editions.read(ledger.EMPTY, ledger.load(text, "mkdocs.yml")).locales == ("en",)


GOOD = """\
- {name: 2026-11, config: mkdocs.yml, aliases: [latest]}
- name: 2023-07
  config: mkdocs.2023-07.yml
  successors:
    billing: plans
    billing#api: [api#free, faq#free]
    gone: []
"""


def test_the_ledger_names_editions_and_what_became_of_their_places() -> None:
    listed = ledger.load(GOOD, "editions.yml", "editions")
    assert listed.findings == ()
    known = editions.read(listed, ledger.EMPTY)
    assert (known.names, known.current) == (("2026-11", "2023-07"), "2026-11")
    assert known.every[1].successors == {
        Spot("billing"): (Spot("plans"),),
        Spot("billing", "api"): (Spot("api", "free"), Spot("faq", "free")),
        Spot("gone"): (),
    }


@pytest.mark.parametrize("bad", ["Plans", "plans#", "plans#a#b", "#a", "plans.md", "1"])
def test_a_successor_is_a_page_or_a_section(bad: str) -> None:
    for line in (f"'{bad}': plans", f"plans: '{bad}'", f"plans: ['{bad}']"):
        text = GOOD + f"    {line}\n"
        found = ledger.load(text, "editions.yml", "editions").findings
        assert bool(found) == (bad != "1"), line


def test_an_edition_is_listed_once() -> None:
    listed = ledger.load(
        GOOD + "- {name: 2026-11, config: mkdocs.yml}\n", "editions.yml", "editions"
    )
    assert [str(finding).splitlines()[0] for finding in listed.findings] == [
        "editions.yml:8: 2.name: '2026-11' is listed twice [ledger-schema]"
    ]
