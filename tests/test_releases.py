"""Pages that readers know may not vanish."""

from __future__ import annotations

from kb import ledger, releases

TEXT = "2026-11:\n- about\n- start/plans\n2023-07:\n- index\n"
PAGES = {"2026-11": {"about", "start/plans"}, "2023-07": {"index"}}


def check(pages: dict[str, set[str]], redirected: set[str]) -> list[str]:
    read = ledger.load(TEXT, "pages.yml", "pages")
    found = releases.check(read, pages, redirected, ("zh", "en"))
    return [str(finding).splitlines()[0] for finding in found]


def test_nothing_gone_nothing_said() -> None:
    assert check(PAGES, set()) == []


def test_a_page_that_is_gone_is_named_with_its_addresses() -> None:
    assert check(PAGES | {"2026-11": {"about"}}, set()) == [
        "pages.yml:3: page 'start/plans' of 2026-11 is gone:"
        " /2026-11/start/plans/, /2026-11/en/start/plans/ [page-gone]"
    ]


def test_a_gone_page_must_lead_on_in_every_language() -> None:
    assert check(PAGES | {"2026-11": {"about"}}, {"/2026-11/start/plans/"}) == [
        "pages.yml:3: page 'start/plans' of 2026-11 is gone: /2026-11/en/start/plans/ [page-gone]"
    ]
    both = {"/2026-11/start/plans/", "/2026-11/en/start/plans/"}
    assert check(PAGES | {"2026-11": {"about"}}, both) == []


def test_a_new_page_is_to_be_recorded() -> None:
    assert check(PAGES | {"2023-07": {"index", "links"}}, set()) == [
        "pages.yml:4: not yet released pages of 2023-07: links [page-unreleased]"
    ]


def test_recording_adds_and_never_forgets() -> None:
    read = ledger.load(TEXT, "pages.yml", "pages")
    text = releases.record(read, {"2026-11": {"about", "faq"}, "2023-07": {"index"}})
    again = ledger.load(text, "pages.yml", "pages")
    assert again.findings == ()
    assert again.data == {"2026-11": ["about", "faq", "start/plans"], "2023-07": ["index"]}
