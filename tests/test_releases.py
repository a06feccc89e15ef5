"""Pages that readers know may not vanish."""

from __future__ import annotations

from kb import ledger, releases
from kb.editions import Edition, Editions, Language
from kb_tools import release

EDITIONS = Editions(
    (Edition("2026-11", "mkdocs.yml", ("latest",)), Edition("2023-07", "mkdocs.2023-07.yml")),
    (Language("zh"), Language("en")),
)
TEXT = """\
2026-11:
- about
- start/plans
2023-07:
- index
latest:
- about
- start/plans
feeds:
- feed.xml
- en/feed.xml
- 2026-11/en/feed.xml
"""
PAGES = {"2026-11": {"about", "start/plans"}, "2023-07": {"index"}}
OLD_FEED = {"/2026-11/en/feed.xml"}


def check(pages: dict[str, set[str]], served: set[str]) -> list[str]:
    read = ledger.load(TEXT, "pages.yml", "pages")
    published = releases.published(EDITIONS, pages)
    found = releases.check(read, published, served, EDITIONS)
    return [str(finding).splitlines()[0] for finding in found]


def test_nothing_gone_nothing_said() -> None:
    assert check(PAGES, OLD_FEED) == []


def test_a_page_that_is_gone_is_named_with_its_addresses_below_the_alias_too() -> None:
    assert check(PAGES | {"2026-11": {"about"}}, OLD_FEED) == [
        "pages.yml:3: 'start/plans' of 2026-11 is gone:"
        " /2026-11/start/plans/, /2026-11/en/start/plans/ [page-gone]",
        "pages.yml:8: 'start/plans' of latest is gone:"
        " /latest/start/plans/, /latest/en/start/plans/ [page-gone]",
    ]


def test_a_gone_page_must_lead_on_in_every_language() -> None:
    zh = {f"/{name}/start/plans/" for name in ("2026-11", "latest")} | OLD_FEED
    en = {f"/{name}/en/start/plans/" for name in ("2026-11", "latest")}
    assert check(PAGES | {"2026-11": {"about"}}, zh) == [
        "pages.yml:3: 'start/plans' of 2026-11 is gone: /2026-11/en/start/plans/ [page-gone]",
        "pages.yml:8: 'start/plans' of latest is gone: /latest/en/start/plans/ [page-gone]",
    ]
    assert check(PAGES | {"2026-11": {"about"}}, zh | en) == []


def test_a_feed_that_readers_know_stays_where_it_was() -> None:
    read = ledger.load(TEXT, "pages.yml", "pages")
    assert releases.old_feeds(read, EDITIONS) == [("en", "2026-11/en/feed.xml")]
    assert check(PAGES, set()) == [
        "pages.yml:12: '2026-11/en/feed.xml' of feeds is gone: /2026-11/en/feed.xml [page-gone]"
    ]


def test_a_new_page_is_to_be_recorded() -> None:
    assert check(PAGES | {"2023-07": {"index", "links"}}, OLD_FEED) == [
        "pages.yml:4: not yet released of 2023-07: links [page-unreleased]"
    ]


def test_recording_adds_and_never_forgets() -> None:
    read = ledger.load(TEXT, "pages.yml", "pages")
    pages = {"2026-11": {"about", "faq"}, "2023-07": {"index"}}
    text = release.record(read, releases.published(EDITIONS, pages))
    again = ledger.load(text, "pages.yml", "pages")
    assert again.findings == ()
    assert list(again.data) == ["2026-11", "2023-07", "latest", "feeds"]
    assert again.data["2026-11"] == again.data["latest"] == ["about", "faq", "start/plans"]
    assert again.data["feeds"] == ["2026-11/en/feed.xml", "en/feed.xml", "feed.xml"]
