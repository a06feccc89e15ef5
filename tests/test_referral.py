"""Links that pay somebody or tell on their readers, and those that only look so."""

from __future__ import annotations

import pytest

from kb import ledger
from kb.text.page import Page
from kb.web import exceptions, referral

REFERRALS = [
    ("https://a.test/?ref=bob", "ref"),
    ("https://a.test/x?a=1&invite_code=AB12", "invite_code"),
    ("https://a.test/?inviteCode=AB12", "inviteCode"),
    ("https://a.test/?AFF=7", "AFF"),
    ("https://a.test/?promo-code=X#top", "promo-code"),
    ("https://a.test/?%72ef=bob", "ref"),
    ("https://a.test/#/join?ref=bob", "ref"),
    ("https://a.test/invite/AB12CD", "/invite/AB12CD"),
    ("https://a.test/ref/12345/", "/ref/12345"),
    ("https://a.test/Referral/SUMMER", "/Referral/SUMMER"),
    ("https://www.amazon.com/dp/B0?tag=bob-20", "tag"),
    ("https://card.onekey.so/?i=AB12", "i"),
    ("https://bewildcard.com/i/BOB", "/i/BOB"),
    ("https://wise.com/invite/u/bobb", "/invite/u"),
    ("https://amzn.to/3abc", "amzn.to"),
    ("https://www.awin1.com/cread.php?awinmid=1", "www.awin1.com"),
    ("https://bit.ly/3abc", "bit.ly"),
    ("https://web.archive.org/web/2023/https://a.test/?ref=bob", "ref"),
]
HONEST = [
    *(
        "https://a.test/",
        "https://a.test/?ref=",
        "https://a.test/?preference=1",
        "https://a.test/ref",
    ),
    *("https://docs.a.test/ref/settings/", "https://docs.a.test/ref/python3/", "/invite/AB12CD"),
    *("https://github.com/a/b/blob/x.md?ref=main", "https://api.github.com/x?ref=dev"),
    *(
        "https://discord.com/invite/AB12CD",
        "https://www.reddit.com/r/OpenAI/",
        "mailto:a@b.test?ref=x",
    ),
    *(
        "https://a.test/?tag=ai",
        "https://a.test/?i=4",
        "https://a.test/i/AB12",
        "https://a.test/?code=x",
    ),
    *(
        "https://notamzn.to/3abc",
        "https://bit.ly.a.test/",
        "https://a.test/?q=ref%3Dbob",
        "#ref=bob",
    ),
    *("https://play.google.com/store/apps/details?id=a&hl=zh&gl=US", "https://a.test/?p=1396"),
]
TRACKED = [
    ("https://a.test/?utm_source=x&a=1&utm_medium=y", "https://a.test/?a=1"),
    ("https://a.test/?fbclid=x", "https://a.test/"),
    ("https://a.test/?a=1&GCLID=x#b", "https://a.test/?a=1#b"),
    ("https://www.youtube.com/watch?v=x&si=y", "https://www.youtube.com/watch?v=x"),
    (
        "https://www.bilibili.com/video/x?spm_id_from=y&vd_source=z",
        "https://www.bilibili.com/video/x",
    ),
    ("https://a.test/?_gl=1*x", "https://a.test/"),
]
PRIVATE = [
    *(
        "https://a.test/?si=x",
        "https://a.test/?gl=US",
        "https://a.test/?utmost=",
        "https://a.test/?from=x",
    ),
    *(
        "https://www.youtube.com/watch?v=x&t=40",
        "https://a.test/?s=utm_source",
        "https://a.test/?ga=x",
    ),
]


@pytest.mark.parametrize(("url", "sign"), REFERRALS)
def test_what_pays_is_found_by_its_sign(url: str, sign: str) -> None:
    assert referral.signs(url, "referral") == [sign]


@pytest.mark.parametrize("url", HONEST)
def test_what_only_looks_like_a_referral(url: str) -> None:
    assert referral.signs(url, "referral") == []


@pytest.mark.parametrize(("url", "clean"), TRACKED)
def test_what_tells_on_its_reader_is_named_and_can_be_left_out(url: str, clean: str) -> None:
    found = referral.signs(url, "tracking")
    assert found
    assert referral.without(url, found) == clean
    assert referral.signs(clean, "tracking") == []


@pytest.mark.parametrize("url", PRIVATE)
def test_what_only_looks_like_tracking(url: str) -> None:
    assert referral.signs(url, "tracking") == []


TEXT = """---
title: A
---
# A { #a }

`https://a.test/?ref=sample` and [b](https://a.test/?ref=bob&amp;x=1)

<a href="https://c.test/?utm_source=a">c</a>
"""
DISCLOSED = """
- pattern: https://a.test/*
  expect: ok
  reason: the author's own shop
  until: 2027-01-01
  disclose: the author of this page earns by it
"""


def _found(known: str = "", facts: str = "") -> list[str]:
    links = ledger.load(known, "docs/ledgers/links.yml", "links" if known else "")
    others = [ledger.load(facts, "docs/ledgers/facts.yml")]
    entries = exceptions.entries(links)
    pages = {"e/zh/a.md": Page("e/zh/a.md", TEXT)}
    return [str(f) for f in referral.check(pages, [links, *others], entries)]


def test_a_page_is_told_its_place_and_the_address_without() -> None:
    assert _found() == [
        "docs/e/zh/a.md:6:34: 'https://a.test/?ref=bob&x=1' pays whoever placed it, by 'ref'"
        " [link-referral]\n  → https://a.test/?x=1",
        "docs/e/zh/a.md:8:1: 'https://c.test/?utm_source=a' tells where its reader came from,"
        " by 'utm_source' [link-tracking]\n  → https://c.test/",
    ]


def test_who_says_that_somebody_gains_may_link() -> None:
    assert [line.split(":")[1] for line in _found(DISCLOSED)] == ["8"]
    assert [line.split(":")[1] for line in _found(DISCLOSED.replace("//a.", "//b."))] == ["6", "8"]


def test_ledgers_are_judged_like_pages() -> None:
    facts = "sources:\n  a:\n    title: {zh: 甲, en: A}\n    url: https://d.test/?aff=7\n"
    assert _found(facts=facts)[-1].startswith("docs/ledgers/facts.yml:4: 'https://d.test/?aff=7'")
