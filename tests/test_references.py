"""The reference checker: golden cases, the graph, templates' faults, hostile trees."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from golden import write
from kb import html, nearest, pool
from kb.finding import InputError
from kb.references import checks, extract, urls
from kb.references import site as references_site
from kb.references.site import read_site


def faults(site: Path, **settings: Any) -> checks.Checked:
    return checks.check(read_site(site), **settings)


def test_the_graph_tells_what_each_page_refers_to(tmp_path: Path) -> None:
    page = '<html lang="zh"><article><a href="x.html#a" hreflang="en">x</a></article><i id="中">'
    site = read_site(write(tmp_path, {"index.html": page, "x.html": '<i id="a">'}))
    (found,) = site.pages["index.html"].references
    assert (found.kind, found.url, found.line, found.col) == ("link", "x.html#a", 1, 26)
    assert (found.element, found.hreflang) == ("a", "en")
    assert sorted(site.ids("index.html") or ()) == ["中"]
    assert site.find("") == "index.html"
    assert site.find("nothing") is None


def test_a_fault_of_the_template_is_one_finding_with_a_count(tmp_path: Path) -> None:
    page = '<nav><a href="../gone/">x</a></nav><article><a href="../p1/">x</a>{}</article>'
    lost = '<a href="../lost/">x</a>'
    files = {f"p{n}/index.html": page.format(lost if n in (1, 7) else "") for n in range(30)}
    found = [str(f) for f in faults(write(tmp_path / "site", files)).findings]
    assert [line.rpartition("/site/")[2] for line in found] == [
        "p0/index.html:1:6: link '../gone/' leads nowhere (on 30 pages) [link-broken]",
        "p1/index.html:1:67: link '../lost/' leads nowhere [link-broken]",
        "p7/index.html:1:67: link '../lost/' leads nowhere [link-broken]",
    ]


@pytest.mark.parametrize(
    ("faulty", "pages", "in_nav", "told"),
    [
        (10, 40, True, 1),
        (9, 40, True, 9),
        (10, 40, False, 10),
        (5, 10, False, 1),
        (5, 11, False, 5),
        (4, 8, False, 4),
    ],
)
def test_a_fault_is_of_the_template_from_ten_pages_on_or_on_half_of_a_small_site(
    tmp_path: Path, faulty: int, pages: int, in_nav: bool, told: int
) -> None:
    lost, page = (
        '<a href="../gone/">x</a>',
        '<nav>{}</nav><article><a href="../p0/">p</a>{}</article>',
    )
    nowhere, somewhere = page.format("", ""), page.format(*((lost, "") if in_nav else ("", lost)))
    files = {f"p{n}/index.html": somewhere if n < faulty else nowhere for n in range(pages)}
    found = faults(write(tmp_path, files)).findings
    assert len(found) == told
    assert ("(on " in found[0].message) == (told == 1)


def test_a_switch_of_languages_that_says_nothing_is_one_finding(tmp_path: Path) -> None:
    page = '<html lang="{}"><nav><a href="../{}/">x</a></nav><article><a href="../{}/">y</a>{}'
    files = {}
    for n in range(12):
        more = f'<a href="../en{n}/">z</a>' if n == 3 else ""
        files[f"zh{n}/index.html"] = page.format("zh", f"en{n}", f"zh{n}", more)
        files[f"en{n}/index.html"] = page.format("en", f"zh{n}", f"en{n}", "")
    site = write(tmp_path / "site", files)
    found = [str(f).partition("/site/")[2] for f in faults(site).findings]
    assert [line.splitlines()[0] for line in found] == [
        "en0/index.html:1:22: link '../zh0/' leads from a page in 'en' to one in 'zh' "
        "(on 12 pages) [link-language]",
        "zh0/index.html:1:22: link '../en0/' leads from a page in 'zh' to one in 'en' "
        "(on 12 pages) [link-language]",
        "zh3/index.html:1:83: link '../en3/' leads from a page in 'zh' to one in 'en' "
        "[link-language]",
    ]


def test_what_a_template_writes_alike_is_one_finding_wherever_it_leads(tmp_path: Path) -> None:
    page = '<nav><a href="logo.html">x</a></nav><article><a href="own.html">y</a></article>'
    files = {f"p{n}/index.html": page for n in range(12)}
    files |= {f"q{n}/index.html": "<article><a href='../p0/'>x</a></article>" for n in range(30)}
    told = [f.message for f in faults(write(tmp_path, files)).findings]
    assert told.count("link 'logo.html' leads nowhere (on 12 pages)") == 1
    assert told.count("link 'own.html' leads nowhere") == 12
    assert len(told) == 13


@pytest.mark.parametrize(("own", "told"), [(19, 19), (20, 1)])
def test_a_page_that_lacks_all_that_it_leads_to_itself_is_one_finding(
    tmp_path: Path, own: int, told: int
) -> None:
    links = "".join(f'<a href="#t{n}">x</a>' for n in range(own))
    there = "".join(f'<a href="x.html#t{n}">x</a>' for n in range(30))
    found = faults(write(tmp_path, {"index.html": links, "x.html": "", "y.html": there})).findings
    mine = [f.message for f in found if "this page" in f.message]
    more = f", nor those of {own - 1} more" if told == 1 else ""
    assert len(mine) == told
    assert mine[0] == f"link '#t0': this page has no id 't0'{more}"
    assert len(found) == told + 30


def test_few_large_pages_are_read_in_many_processes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"p{n}.html": f'<a href="gone{n}.html">x</a>' * 30 for n in range(20)}
    files["unreadable.html"] = b"\0"
    site = write(tmp_path / "site", files)
    asked: list[int] = []
    spread = pool.spread
    monkeypatch.setattr(
        pool, "spread", lambda work, items, enough=pool.ENOUGH: (
            asked.append(enough), spread(work, items, enough)
        )[1]
    )  # fmt: skip
    few = faults(site)
    monkeypatch.setattr(references_site, "_LARGE", 1000)
    assert faults(site) == few
    assert asked == [pool.ENOUGH, 2]
    assert len(few.findings) == 20 * 30 + 1


def test_links_to_folders_in_linked_folders_do_not_multiply(tmp_path: Path) -> None:
    lost = {"other/x.html": '<a href="gone.html">x</a>'}
    index = '<a href="alias/more/x.html">there, and not read again</a>'
    site = write(tmp_path, {"index.html": index, "real/a.html": "", **lost})
    (site / "real" / "more").symlink_to("../other")
    (site / "alias").symlink_to("real")
    found = faults(site).findings
    assert [f.path.rpartition(f"{site.name}/")[2] for f in found] == [
        "other/x.html",
        "real/more/x.html",
    ]


def test_many_pages_in_many_processes_give_what_one_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = random.Random(7).choice
    files = {
        f"p{n}/index.html": "".join(
            f'<i id="s{k}"></i><a href="../p{choice(range(410))}/#s{choice(range(6))}">x</a>\n'
            for k in range(5)
        )
        for n in range(400)
    }
    site = write(tmp_path / "site", files)
    alone = pool.ENOUGH
    many = faults(site)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    one = faults(site)
    assert len(files) > alone
    assert many == one
    assert {f.rule for f in one.findings} == {"link-broken", "anchor-broken"}
    assert (one.pages, one.references) == (400, 2000)


# Of sixteen, four that notice between them whatever is left out of what is remembered.
@pytest.mark.parametrize("seed", [0, 1, 10, 15])
def test_what_is_remembered_of_a_link_changes_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # All that a verdict depends on, in addresses spelt so alike that one could stand for another.
    pick = random.Random(seed)
    folders = ("", "a/", "a/b/", "old/", "new/", "new/a/", "old/a/")
    starts = ("", "../", "../../", "./", "/", "//", " ", "../#", "#", ".././", "a/../")
    ends = ("", "x.html", "b/x.html", "#s", "x.html#s", "x.html#t", "x", "/x.html", "new/x.html")
    ends += ("http://x.test", "1.html", "a/b/", "old/x.html#s", "old/a/x.html", ".")
    heads = ("", "", '<base href="../">', '<base href="a/">')
    editions = ("", '{"version": "new"}, {"version": "old"}')[seed % 2]
    files: dict[str, str] = {"versions.json": f"[{editions}]"}
    for name in [
        f"{folder}{name}.html" for folder in folders for name in ("1", "2", "404", "x", "y")
    ]:
        tags = pick.choice((("nav",), ("nav", "article")))
        marks = ("", "", "", ' hreflang="en"', ' data-edition="old"')
        links = [
            f'<{tag}><a href="{start}{end}"{pick.choice(marks)}>x</a></{tag}>'
            for tag in tags
            for start in pick.sample(starts, 7)
            for end in ends
        ]
        pick.shuffle(links)
        ids = "".join(f'<i id="{pick.choice("st")}"></i>' for _ in range(pick.randrange(3)))
        head = f'<html lang="{pick.choice(("en", "en", "zh", ""))}">{pick.choice(heads)}'
        files[name] = f"{head}{ids}{''.join(links)}"
    site = write(tmp_path / "site", files)
    remembering = faults(site)
    monkeypatch.setattr(checks, "_above", lambda _: [])
    assert remembering == faults(site)
    assert len({finding.rule for finding in remembering.findings}) > 3


def test_links_out_of_the_site_and_circles_are_never_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "secret", {"page.html": '<a href="nowhere.html">x</a>'})
    index = '<a href="out/page.html">x</a><a href="out.html#a">x</a><a href="alias/b.html">x</a>'
    site = write(tmp_path / "site", {"index.html": index, "real/b.html": '<a href="c.html">x</a>'})
    (site / "out").symlink_to(tmp_path / "secret")
    (site / "out.html").symlink_to(tmp_path / "secret" / "page.html")
    (site / "alias").symlink_to("real")
    (site / "real" / "up").symlink_to("..")
    (site / "self.html").symlink_to("self.html")
    os.mkfifo(site / "pipe.html")
    found = faults(Path("site")).findings
    assert [(finding.path, finding.message) for finding in found] == [
        ("site/alias/b.html", "link 'c.html' leads nowhere"),
        ("site/alias/up", "not read: a symbolic link that runs in a circle"),
        ("site/out", "not read: a symbolic link out of the site"),
        ("site/out.html", "not read: a symbolic link out of the site"),
        ("site/real/b.html", "link 'c.html' leads nowhere"),
        ("site/real/up", "not read: a symbolic link that runs in a circle"),
        ("site/self.html", "not read: a symbolic link that leads nowhere or in a circle"),
    ]


def test_what_is_no_folder_or_no_pattern_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="missing: no such folder"):
        faults(tmp_path / "missing")
    with pytest.raises(InputError, match=r"'\(' is no regular expression"):
        faults(tmp_path, ignore=["("])


def test_a_file_that_vanishes_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", fails)
    (found,) = faults(write(tmp_path, {"index.html": "x"})).findings
    assert (found.rule, found.message) == ("page-unreadable", "not read: permission denied")


def test_a_page_of_50_megabytes_is_read_to_its_end(tmp_path: Path) -> None:
    line = "<p>" + "text " * 200 + "</p>\n"
    page = line * (50_000_000 // len(line)) + '<a href="#gone">x</a>'
    (found,) = faults(write(tmp_path, {"index.html": page})).findings
    assert (found.rule, found.line) == ("anchor-broken", 50_000_000 // len(line) + 1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a\\0 b.png", "a\ufffdb.png"),
        ("a\\1 b.png", "a\x01b.png"),
        ("a\\d7ff b", "a\ud7ffb"),
        ("a\\d800 b", "a\ufffdb"),
        ("a\\dfff b", "a\ufffdb"),
        ("a\\e000 b", "a\ue000b"),
        ("a\\10ffff b", "a\U0010ffffb"),
        ("a\\110000 b", "a\ufffdb"),
    ],
)
def test_what_no_escape_of_a_style_sheet_may_mean_is_the_mark_for_it(
    written: str, meant: str
) -> None:
    assert [found.url for found in extract.stylesheet(f'a {{ b: url("{written}") }}')] == [meant]


@given(st.lists(st.sampled_from(["a", "b", "..", "."]), min_size=1, max_size=8), st.booleans())
def test_relative_addresses_resolve_as_in_the_standard_library(
    segments: list[str], slash: bool
) -> None:
    url = "/".join(segments) + "/" * slash
    target = urls.resolve(url, "x/y/page.html", urls.Origin())
    depth = lowest = 2
    for segment in segments:
        depth += {"..": -1, ".": 0}.get(segment, 1)
        lowest = min(lowest, depth)
    if lowest < 0:
        assert target.status == urls.OUTSIDE
    else:
        path = urlsplit(urljoin("http://h/x/y/page.html", url)).path
        assert (target.status, "/" + target.path) == (urls.INSIDE, path)


@pytest.mark.parametrize(
    ("name", "other", "near"),
    [
        ("abcdef", "abcdxy", True),
        ("abcdef", "abcxyz", False),
        ("a", "b", False),
        ("ab", "ax", True),
        ("ab", "xy", False),
        ("abc", "abx", True),
        ("abc", "axy", False),
        ("abcd", "abxy", True),
        ("abcd", "axyz", False),
        ("abcdefgh", "abcdefxy", True),
        ("abcdefgh", "abcdexyz", False),
        ("abcdefghi", "abcdefxyz", True),
        ("abcdefghi", "abcdewxyz", False),
    ],
)
def test_a_third_of_a_name_may_differ_and_two_letters_of_a_short_one(
    name: str, other: str, near: bool
) -> None:
    assert nearest.Names([other]).closest(name) == (other if near else "")


def test_the_nearest_need_not_share_the_rarest_letters() -> None:
    assert nearest.Names(["payment-a", "payment-b", "zq"]).closest("payment-zq") == "payment-a"


@given(st.text(st.sampled_from("<>a/=\"' !-[]&#\n\0中href"), max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    for tag in html.tags(text):
        assert tag.line >= 1
        assert tag.col >= 1


@given(st.binary(max_size=40))
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        with pytest.raises(ValueError, match="holds binary data"):
            html.decode(data)
    else:
        assert isinstance(html.decode(data), str)


@given(st.text(st.sampled_from("/\\.%2eE:?#@[]<ahtps中 \t\n;,~"), max_size=30))
def test_no_address_breaks_the_resolver(url: str) -> None:
    for home in (urls.Origin(), urls.origin("https://example.org/sub/")):
        target = urls.resolve(url, "a/b.html", home, base="../c/")
        assert not target.path.startswith("../")


LEFT_OPEN = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
from kb import html
from kb.references import extract
page = extract.page(html.tamed("".join(f"<FONT size={n}><p id=p{n}>" for n in range(20_000))))
assert len(page.ids) == 20_000
"""


def test_what_paragraphs_leave_open_takes_no_memory() -> None:
    """Each paragraph opens it anew: the tree of this page, of 500 KB, took 1.9 GiB."""
    ran = subprocess.run([sys.executable, "-c", LEFT_OPEN], cwd=ROOT / "hooks", check=False)
    assert ran.returncode == 0


@pytest.mark.parametrize("count", [16, 17])
def test_what_is_left_open_is_read_as_all_else(count: int) -> None:
    opened = "".join(f'<b id=b{n} style="background: url({n}.png)">' for n in range(count))
    text = f"<article>{opened}<p id=p><a href=x>a</a></article><a href=y>b</a>"
    page = extract.page(html.tamed(text))
    assert (html.tamed(text) == text) is (count == 16)
    assert page.ids == {"p", *(f"b{n}" for n in range(count))}
    found = [(ref.url, ref.region) for ref in page.references]
    assert found[-2:] == [("x", extract.ARTICLE), ("y", extract.TEMPLATE)]
    assert [url for url, _ in found[:-2]] == [f"{n}.png" for n in range(count)]
