"""The files at the site's root."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from kb import ledger, root
from kb.editions import Edition, Editions, Language, Spot
from kb.root import Listed, Redirect
from kb.successors import Successors
from kb.text.page import Page

EDITIONS = Editions(
    (Edition("2026-11", "mkdocs.yml", ("latest",)), Edition("2023-07", "mkdocs.2023-07.yml")),
    (Language("zh"), Language("en")),
)
BOTH = ("en", "zh")
LISTED = [
    Listed("2026-11", "zh", "index", "2026-11-23", BOTH),
    Listed("2026-11", "zh", "start/plans", "2026-11-20", BOTH),
    Listed("2026-11", "en", "index", "2026-11-22", BOTH),
    Listed("2026-11", "zh", "only-chinese", "2026-11-20", ("zh",)),
]
SITE = "https://example.org/repo/"
XHTML = "{http://www.w3.org/1999/xhtml}link"
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def files(*moved: Redirect) -> dict[str, str]:
    return root.files(SITE, EDITIONS, moved, LISTED, "assets/a1/")


def test_the_entry_leads_to_both_languages_without_a_script() -> None:
    page = files()["index.html"]
    assert '<a class="kb-card" href="2026-11/"' in page
    assert '<a class="kb-card" href="2026-11/en/"' in page


def test_the_404_page_works_at_any_depth() -> None:
    page = files()["404.html"]
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    forms = [part.split('"')[0] for part in page.split('action="')[1:]]
    assert len(forms) == 2
    assert [link for link in links + forms if not link.startswith("/repo/")] == []


def test_a_redirect_is_relative_and_keeps_its_section() -> None:
    page = files(Redirect("/2023/07/03/post/", "/2023-07/plus/#two-ways"))[
        "2023/07/03/post/index.html"
    ]
    assert 'url=../../../../2023-07/plus/#two-ways"' in page
    assert '<link rel="canonical" href="https://example.org/repo/2023-07/plus/#two-ways">' in page
    script = (
        '<script src="../../../../assets/a1/leave.js" data-to="../../../../2023-07/plus/#two-ways">'
    )
    assert script in page


def test_an_alias_leads_to_every_page_and_from_each_it_ever_had_to_its_successor() -> None:
    new, old = EDITIONS.every
    moved = old._replace(successors={Spot("plans"): (Spot("start/plans"),), Spot("gone"): ()})
    known = EDITIONS._replace(every=(new, moved))
    pages = [
        Page(f"{path}.md", "# P { #p }\n")
        for path in ("2026-11/zh/start/plans", "2023-07/zh/plans", "2023-07/zh/gone")
    ]
    released = ledger.load("latest: [plans, gone]\n", "pages.yml", "pages")
    assert root.aliases(known, released, Successors(known, pages)) == [
        Redirect("/zh/", "/2026-11/"),
        Redirect("/en/", "/2026-11/en/"),
        Redirect("/latest/start/plans/", "/2026-11/start/plans/"),
        Redirect("/latest/en/start/plans/", "/2026-11/en/start/plans/"),
        Redirect("/latest/plans/", "/2026-11/start/plans/"),
        Redirect("/latest/en/plans/", "/2026-11/en/start/plans/"),
    ]


def test_versions_name_the_current_edition_first() -> None:
    versions = json.loads(files()["versions.json"])
    assert [version["version"] for version in versions] == ["2026-11", "2023-07"]
    assert versions[0]["aliases"] == ["latest"]


def test_sitemaps_have_true_translations_only() -> None:
    made = files()
    index = [node.text for node in ET.fromstring(made["sitemap.xml"]).iter(LOC)]
    assert index == [f"{SITE}2026-11/sitemap.xml", f"{SITE}2026-11/en/sitemap.xml"]
    chinese = ET.fromstring(made["2026-11/sitemap.xml"])
    alternates = {
        url.findtext(LOC): [link.get("hreflang") for link in url.iter(XHTML)] for url in chinese
    }
    assert alternates == {
        f"{SITE}2026-11/": ["en", "zh", "x-default"],
        f"{SITE}2026-11/start/plans/": ["en", "zh", "x-default"],
        f"{SITE}2026-11/only-chinese/": [],
    }


def check(text: str) -> list[str]:
    read = ledger.load(text, "redirects.yml", "redirects")
    found = root.check_redirects(read, {"2023-07/index.html", "2023-07/plus/index.html"})
    return [str(finding).splitlines()[0] for finding in found]


def test_a_redirect_to_a_page_is_fine() -> None:
    assert check("- {from: /old/, to: '/2023-07/plus/#two-ways', reason: renamed}") == []


def test_a_redirect_to_nowhere_is_found() -> None:
    assert check("- {from: /old/, to: /2023-07/pluss/, reason: renamed}") == [
        "redirects.yml:1: '/2023-07/pluss/' is no page of the site [redirect-target]"
    ]


def test_a_redirect_over_a_page_is_found() -> None:
    assert check("- {from: /2023-07/plus/, to: /2023-07/, reason: renamed}") == [
        "redirects.yml:1: '/2023-07/plus/' is a page of the site: the redirect would replace it"
        " [redirect-target]"
    ]


@pytest.mark.parametrize("end", ["from", "to"])
@pytest.mark.parametrize(
    "address",
    [
        *("/../../pwned/", "/a/../b/", "/./", "/a/./", "//a/", "/a//b/", "/a"),
        *('/a"><script>alert(1)</script>/', "/a b/", "/a\u0000/", "/a\u007f/", "/a\\..\\b/"),
        *("/a\u3000/", "/a\nb/", "/a?b/"),
    ],
)
def test_a_redirect_cannot_name_a_folder_that_is_none(end: str, address: str) -> None:
    entry = {"from": "/a/", "to": "/2026-11/", "reason": "x y z", end: address}
    assert ledger.load(json.dumps([entry]), "redirects.yml", "redirects").findings


@pytest.mark.parametrize("address", ["/.../", "/..a/", "/a../b/", "/.well-known/", "/旧文/%20/"])
def test_redirects_from_what_only_looks_like_a_way_up(address: str) -> None:
    entry = {"from": address, "to": address, "reason": "x y z"}
    assert not ledger.load(json.dumps([entry]), "redirects.yml", "redirects").findings
