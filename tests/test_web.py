"""External links: each behaviour of the web with the verdict that is right for it."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

import webserver
from conftest import GUIDE, PATIENCE, ROOT
from golden import source
from kb import ledger
from kb.finding import InputError
from kb.references.site import read_site
from kb.web import exceptions, marks
from kb.web.exceptions import Entry
from kb_tools.web import (
    agreement,
    fix,
    history,
    job,
    links,
    page,
    phrases,
    safety,
    schedule,
    summary,
)
from kb_tools.web.fetch import Client, Limits, Settings
from kb_tools.web.history import History, Patience, Record, Ttl, is_fresh, lasts
from kb_tools.web.job import Options, Outcome, Result
from kb_tools.web.links import Link
from kb_tools.web.schedule import Retry
from kb_tools.web.verdict import Facts, Hop, Verdict, is_shell, judge, redirect
from webserver import BEHAVIOURS, Behaviour, Names, Server

DAY = 86400.0
NOW = 1_800_000_000.0
FAST = Limits(
    per_host=32, interval=0, connect=2, request=2, deadline=30, retry=Retry(3, first_wait=0.05)
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with webserver.serve() as running:
        yield running


def settings(server: Server, **limits: object) -> Settings:
    return Settings(FAST._replace(**limits), allow_private=True, resolver=Names(), tls=server.trust)


def options(server: Server, **fields: object) -> Options:
    return Options(as_of="2026-11-23", settings=settings(server))._replace(**fields)


def link(url: str, source: str = "docs/a.md", line: int = 1) -> Link:
    return Link(url, "site/a/index.html", 10, 5, source, line, 3)


def fetch(urls: Sequence[str], how: Settings) -> list[Facts]:
    async def go() -> list[Facts]:
        async with Client(how) as client:
            return await asyncio.gather(*(client.get(url) for url in urls))

    return asyncio.run(go())


def seen(server: Server, path: str) -> int:
    return sum(len(times) for where, times in server.requests.items() if where.endswith(path))


# --- verdicts ---------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def verdicts(server: Server) -> dict[Behaviour, Verdict]:
    outcome = job.run([link(server.url(each)) for each in BEHAVIOURS], options(server), NOW)
    return {each: result.verdict for each, result in zip(BEHAVIOURS, outcome.results, strict=True)}


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda each: f"{each.host}{each.link}")
def test_every_behaviour_gets_its_verdict(
    behaviour: Behaviour, verdicts: dict[Behaviour, Verdict]
) -> None:
    verdict = verdicts[behaviour]
    assert (verdict.answer, verdict.reason, verdict.redirect) == behaviour[1:4], verdict.detail


def test_the_new_target_of_a_permanent_redirect_is_named(
    server: Server, verdicts: dict[Behaviour, Verdict]
) -> None:
    targets = {each.link: verdict.target for each, verdict in verdicts.items()}
    home = f"http://site.test:{server.ports['http']}"
    assert targets["/moved"] == f"{home}/page"
    assert targets["/moved-308"] == f"{home}/page"
    assert targets["/moved-then-for-now"] == f"{home}/for-now"  # the temporary part is not advice
    assert targets["/moved-zh"] == f"{home}/zh?%E8%AF%8D=%E5%80%BC"


@pytest.mark.parametrize(
    ("asked", "got", "reason"),
    [
        ("https://a.test/p/1", "https://www.a.test/", "redirect-home"),
        ("https://a.test/p/1", "https://a.test/zh-CN/", "redirect-home"),
        ("https://a.test/p/1", "https://a.test/zh/", ""),
        ("https://a.test/zh/p", "https://a.test/zh/", "redirect-home"),
        ("https://a.test/p/1", "https://b.test/", "redirect-home"),
        ("https://a.test/short", "https://b.test/", ""),
        ("https://a.test/", "https://a.test/en/", ""),
        ("https://a.test/cn", "https://a.test/zh-hans", ""),
        ("https://a.test/p/1", "https://a.test/?p=1", ""),
        ("https://a.test/p", "https://accounts.b.test/x", "login"),
        ("https://a.test/p", "https://www.hugedomains.com/x", "parked"),
    ],
)
def test_where_a_redirect_leads_tells_what_it_means(asked: str, got: str, reason: str) -> None:
    verdict = judge(Facts(asked, 200, (Hop(302, got),), page=page.Page(length=9000)))
    assert verdict.reason == reason


@pytest.mark.parametrize(
    "words",
    [
        "404",
        "404 Not Found",
        "Page not found – GitHub Pages",
        "Oops! The page you requested could not be found.",
        "This page no longer exists",
        "页面不存在",
        "404页面",
        "抱歉，您访问的页面不存在或已删除",
        "文章已下线_某网",
        "您查找的内容已被移除",
    ],
)
def test_words_for_a_lost_page(words: str) -> None:
    assert phrases.says("not_found", words)


@pytest.mark.parametrize(
    "words",
    [
        "如何解决页面不存在的问题",
        "How to fix “page not found” in nginx",
        "Lost and found",
        "404 Media",
        "Area code 404",
        "What is available",
        "The page",
        "页面设计",
    ],
)
def test_words_about_lost_pages_are_not_those_words(words: str) -> None:
    assert not phrases.says("not_found", words)


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://a.test:40404/post?id=404", "broken"),
        ("http://404.a.test/p/14041", "broken"),
        ("http://a.test/Status/404", "ok"),
        ("http://a.test/HTTP_404", "ok"),
        ("http://a.test/not-found", "ok"),
        ("http://a.test/errors/12", "broken"),
        ("http://a.test/posts/404", "broken"),
    ],
)
def test_a_page_about_error_pages_says_so_in_its_path(url: str, answer: str) -> None:
    lost = page.Page(title="404 Not Found", heading="404 Not Found", length=500)
    assert judge(Facts(url, 200, page=lost)).answer == answer


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (408, "unknown", "timeout"),
        (504, "unknown", "timeout"),
        (499, "broken", "client-error"),
        (500, "broken", "server-error"),
        (519, "broken", "server-error"),
        (520, "unknown", "server-busy"),
        (529, "unknown", "server-busy"),
        (530, "broken", "server-error"),
    ],
)
def test_a_status_says_whose_trouble_it_is(status: int, answer: str, reason: str) -> None:
    assert judge(Facts("http://a.test/", status))[:2] == (answer, reason)


@pytest.mark.parametrize(("length", "reason"), [(6000, "soft-404"), (6001, "")])
def test_a_long_page_is_real_whatever_its_title(length: int, reason: str) -> None:
    lost = page.Page(title="404 Not Found", length=length)
    assert judge(Facts("http://a.test/p", 200, page=lost)).reason == reason


def test_a_long_page_is_lost_when_title_and_heading_say_so() -> None:
    lost = page.Page(title="404 Not Found", heading="Page not found", length=60_000)
    assert judge(Facts("http://a.test/p", 200, page=lost)).reason == "soft-404"
    assert judge(Facts("http://a.test/p", 200, page=lost._replace(heading="News"))).reason == ""


@pytest.mark.parametrize(("length", "reason"), [(1499, "soft-404"), (1500, "")])
def test_only_a_short_page_is_taken_away_by_what_it_says(length: int, reason: str) -> None:
    note = page.Page(text="此内容已被发布者删除", length=length)
    assert judge(Facts("http://a.test/p", 200, page=note)).reason == reason


@pytest.mark.parametrize(
    "words",
    [
        "该问题已被删除",
        "此微博已被作者删除",
        "您要查看的商品已下架",
        "你要观看的视频不存在",
        "该账号已被封禁",
        "此內容因違規無法查看",
        "当前笔记暂时无法浏览",
        "微博不存在或暂无查看权限",
        "This video isn't available anymore",
        "This post was removed by the moderators",
    ],
)
def test_words_for_what_was_taken_away(words: str) -> None:
    assert phrases.holds("removed", f"首页 登录 {words} 返回")


@pytest.mark.parametrize(
    "words", ["删除账号的方法", "如何恢复删除的视频", "The video is available", "已被翻译的文章"]
)
def test_words_about_taking_away_are_not_those_words(words: str) -> None:
    assert not phrases.holds("removed", words)


@pytest.mark.parametrize(("length", "reason"), [(1499, "parked"), (1500, "")])
def test_only_a_short_page_is_parked_by_what_it_says(length: int, reason: str) -> None:
    offer = page.Page(title="a.test", text="Buy this domain", length=length)
    assert judge(Facts("http://a.test/p", 200, page=offer)).reason == reason


@pytest.mark.parametrize(("length", "shell"), [(199, True), (200, False)])
def test_a_page_without_text_is_made_by_its_script(length: int, shell: bool) -> None:
    made = page.Page(scripted=True, length=length)
    assert is_shell(Facts("http://a.test/", 200, page=made)) is shell
    assert not is_shell(Facts("http://a.test/", 200, page=made._replace(scripted=False)))


@given(st.binary(max_size=400), st.sampled_from(["", "gbk", "utf-8", "x-none", '"big5"', "a b"]))
def test_any_bytes_can_be_scanned(data: bytes, charset: str) -> None:
    page.scan(page.decode(data, charset))


def test_text_in_another_charset_than_the_header_says_follows_the_header() -> None:
    assert page.scan(page.decode("<title>页面</title>".encode("gbk"), "GBK")).title == "页面"
    assert page.scan(page.decode("\ufeff<title>页面</title>".encode(), "GBK")).title == "页面"


# --- polite and bounded -----------------------------------------------------------------------
def test_one_fetch_serves_all_fragments_of_a_page(server: Server) -> None:
    base = f"http://once.test:{server.ports['http']}/anchors"
    urls = [f"{base}{end}" for end in ("", "#there", "#old", "#gone")]
    outcome = job.run([link(url) for url in urls], options(server), NOW)
    assert [result.verdict.answer for result in outcome.results] == ["ok", "ok", "ok", "broken"]
    assert (outcome.asked, outcome.requests) == (1, 1)


def test_retry_after_is_waited_for(server: Server) -> None:
    base = f"patient.test:{server.ports['http']}"
    assert judge(fetch([f"http://{base}/later"], settings(server))[0]).answer == "ok"
    first, second = server.requests[f"{base}/later"]
    assert second - first >= 1


def test_a_wait_beyond_the_deadline_ends_the_link_not_the_run(server: Server) -> None:
    base = f"busy.test:{server.ports['http']}"
    limited, fine = fetch([f"http://{base}/too-many", f"http://{base}/page"], settings(server))
    assert (judge(limited).answer, judge(limited).reason) == ("unknown", "rate-limited")
    assert judge(fine).answer == "ok"
    assert len(server.requests[f"{base}/too-many"]) == 1


def test_a_host_that_limits_us_is_left_in_peace_and_others_are_not(server: Server) -> None:
    port = server.ports["http"]
    urls = [f"http://limit.test:{port}/too-many?{n}" for n in range(20)]
    others = [f"http://other{n}.test:{port}/page" for n in range(5)]
    facts = fetch(urls + others, settings(server, per_host=1))
    assert {judge(each).reason for each in facts[:20]} == {"rate-limited"}
    assert {judge(each).answer for each in facts[20:]} == {"ok"}
    assert len(server.requests[f"limit.test:{port}/too-many"]) == 3


def test_repairs_of_one_part_of_a_host_do_not_pause_the_rest(server: Server) -> None:
    base = f"http://repaired.test:{server.ports['http']}"
    urls = [f"{base}/repair/{n}" for n in range(4)] + [f"{base}/page?{n}" for n in range(4)]
    facts = fetch(urls, settings(server, per_host=1))
    assert [judge(each).answer for each in facts] == ["unknown"] * 4 + ["ok"] * 4
    assert all(len(server.requests[f"{url[7:]}"]) == 1 for url in urls[:4])


def test_a_pause_of_one_port_is_none_for_another(server: Server) -> None:
    with webserver.serve() as other:
        ports = server.ports["http"], other.ports["http"]
        urls = [f"http://port.test:{ports[0]}/too-many?{n}" for n in range(4)]
        facts = fetch([*urls, f"http://port.test:{ports[1]}/page"], settings(server, per_host=1))
    assert [judge(each).answer for each in facts] == ["unknown"] * 4 + ["ok"]


def test_a_refused_program_asks_once_more_as_a_browser_that_says_its_name(server: Server) -> None:
    names: list[str] = []

    async def choosy(request: web.Request) -> web.StreamResponse:
        names.append(request.headers["User-Agent"])
        return web.Response(status=200 if "Mozilla" in names[-1] else 400)

    with webserver.serve({"/choosy": choosy}) as other:
        (facts,) = fetch([f"http://site.test:{other.ports['http']}/choosy"], settings(other))
    assert (facts.status, facts.browser, judge(facts).reason) == (400, 200, "browser-only")
    assert len(names) == 2
    assert all("kb-links" in name for name in names)


def test_a_page_that_browsers_get_never_becomes_an_error() -> None:
    seen = Record(
        "http://a.test/", NOW, Verdict("unknown", "browser-only"), {}, False, 9, NOW - 99 * DAY
    )
    assert not lasts(seen, NOW, Patience())
    assert lasts(seen._replace(verdict=Verdict("unknown", "bot-wall")), NOW, Patience())


def test_a_slow_host_does_not_hold_up_the_others(server: Server) -> None:
    port = server.ports["http"]
    order: list[str] = []

    async def go() -> None:
        how = settings(server, total=2, per_host=2, interval=0.02, retry=Retry(1))
        async with Client(how) as client:

            async def one(url: str) -> None:
                await client.get(url)
                order.append(url)

            paced = [f"http://paced.test:{port}/page?{n}" for n in range(60)]
            quick = [f"http://quick{n}.test:{port}/page" for n in range(10)]
            await asyncio.gather(*map(one, paced + quick))

    asyncio.run(go())
    assert all("paced" in url for url in order[-20:])


def test_requests_to_a_host_keep_their_distance(server: Server) -> None:
    base = f"calm.test:{server.ports['http']}"
    fetch([f"http://{base}/page?{n}" for n in range(6)], settings(server, interval=0.3))
    times = sorted(server.requests[f"{base}/page"])
    assert len(times) == 6
    assert times[-1] - times[0] >= 0.8  # five gaps, less what a busy machine may blur


def test_a_deadline_leaves_the_rest_unknown_and_uncounted(server: Server) -> None:
    base = f"http://late.test:{server.ports['http']}"
    how = options(server, settings=settings(server, deadline=3, per_host=1, interval=60))
    outcome = job.run([link(f"{base}/page?{n}") for n in range(5)], how, NOW)
    reasons = [result.verdict.reason for result in outcome.results]
    assert reasons == ["", "deadline", "deadline", "deadline", "deadline"]


def test_a_compressed_bomb_stays_small(server: Server) -> None:
    tracemalloc.start()
    (facts,) = fetch([f"http://site.test:{server.ports['http']}/bomb"], settings(server))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert facts.capped
    assert peak < 30_000_000


def test_robots_txt_is_obeyed_when_asked_to(server: Server) -> None:
    async def robots(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="User-agent: *\nDisallow: /page")

    with webserver.serve({"/robots.txt": robots}) as other:
        base = f"robots.test:{other.ports['http']}"
        how = settings(other)._replace(robots=True)
        shut, free = fetch([f"http://{base}/page", f"http://{base}/anchors"], how)
        assert (judge(shut).answer, judge(shut).reason) == ("unknown", "robots")
        assert judge(free).answer == "ok"
        assert not other.requests[f"{base}/page"]
        assert len(other.requests[f"{base}/robots.txt"]) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2026 07:00:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
        ("１２", 0),
    ],
)
def test_retry_after_as_number_date_or_nonsense(value: str, seconds: float) -> None:
    assert schedule.retry_after(value, 1_792_567_680.0) == seconds


@given(
    st.integers(1, 5),
    st.floats(0, 500),
    st.floats(0, 500),
    st.floats(0, 1, exclude_max=True),
)
def test_a_retry_waits_long_enough_and_never_past_the_deadline(
    tried: int, asked: float, remaining: float, jitter: float
) -> None:
    wait = schedule.next_wait(Retry(4, 1.0), tried, asked, remaining, jitter)
    if wait is None:
        assert tried >= 4 or remaining <= max(asked, 1.5 * 2 ** (tried - 1))
    else:
        assert max(asked, 2 ** (tried - 1)) <= wait < remaining


def test_only_the_leading_permanent_redirects_say_where_to_link() -> None:
    hops = (Hop(301, "b"), Hop(308, "c"), Hop(302, "d"), Hop(301, "e"))
    assert redirect(hops) == ("permanent", "c")
    assert redirect(hops[2:]) == ("temporary", "e")


def test_each_try_of_a_policy_is_used_and_none_beyond() -> None:
    waits = [schedule.next_wait(Retry(3, 1.0), tried, 0, 100, 0) for tried in (1, 2, 3, 4)]
    assert waits == [1, 2, None, None]


def test_there_is_no_wait_to_the_very_end() -> None:
    assert schedule.next_wait(Retry(3, 1.0), 1, 0, 1.0, 0) is None
    assert schedule.next_wait(Retry(3, 1.0), 1, 0, 1.1, 0) == 1


# --- safe -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1"),
        *("192.168.1.1", "100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
        *("198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("::", "::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1"),
        *("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::10.0.0.1"),
        *("64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1"),
    ],
)
def test_addresses_that_are_nobodys_business(address: str) -> None:
    assert safety.forbidden(address)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "3fff:1000::1"],
)
def test_public_addresses(address: str) -> None:
    assert not safety.forbidden(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "127.1", "0x7f000001", "site.test"],
)
def test_no_request_reaches_a_private_address(server: Server, host: str) -> None:
    before = sum(map(len, server.requests.values()))
    how = settings(server)._replace(allow_private=False)
    (facts,) = fetch([f"http://{host}:{server.ports['http']}/page"], how)
    assert judge(facts).reason in ("private", "invalid", "dns")
    assert sum(map(len, server.requests.values())) == before


def test_a_redirect_into_a_private_network_is_not_followed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "forbidden", lambda address: address != "127.0.0.1")
    port = server.ports["http"]

    async def inward(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": f"http://127.0.0.2:{port}/page"})

    with webserver.serve({"/inward": inward}) as other:
        how = settings(other)._replace(allow_private=False)
        (facts,) = fetch([f"http://site.test:{other.ports['http']}/inward"], how)
    assert facts.hops
    assert judge(facts).reason == "private"
    assert not server.requests[f"127.0.0.2:{port}/page"]


def test_a_name_that_changes_its_address_after_the_check_gets_no_request(server: Server) -> None:
    class Rebinding(Names):
        async def resolve(self, host, port=0, family=0):  # type: ignore[no-untyped-def]
            found = await super().resolve(host, port)
            self.address = "127.0.0.1"  # the next look-up leads inside
            return found

    how = settings(server)._replace(allow_private=False, resolver=Rebinding("127.0.0.3"))
    facts = fetch([f"http://x.test:{server.ports['http']}/page?{n}" for n in range(3)], how)
    assert {judge(each).reason for each in facts} == {"private"}
    assert not server.requests[f"x.test:{server.ports['http']}/page"]


def test_an_odd_answer_does_not_open_the_way_to_a_private_address(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "forbidden", lambda address: address != "127.0.0.1")
    reached: list[str] = []

    class Rebinding(Names):
        async def resolve(self, host, port=0, family=0):  # type: ignore[no-untyped-def]
            found = await super().resolve(host, port)
            reached.append(self.address)
            self.address = "127.0.0.2"  # the look-up for the second try leads inside
            return found

    how = settings(server)._replace(allow_private=False, resolver=Rebinding())
    (facts,) = fetch([f"http://x.test:{server.ports['odd']}/twice"], how)
    assert (judge(facts).reason, reached) == ("private", ["127.0.0.1", "127.0.0.2"])


@pytest.mark.parametrize("url", ["ftp://site.test/", "file:///etc/passwd", "http://", "http://a b"])
def test_only_http_is_asked(server: Server, url: str) -> None:
    (facts,) = fetch([url], settings(server))
    assert judge(facts).reason == "invalid"


def test_credentials_of_a_link_are_not_sent(server: Server) -> None:
    url = f"http://name:secret@site.test:{server.ports['http']}/credentials"
    (facts,) = fetch([url], settings(server))
    assert facts.status == 204


# --- memory -----------------------------------------------------------------------------------
def test_a_second_run_makes_no_request_inside_the_ttl(server: Server, tmp_path: Path) -> None:
    quick = [each for each in BEHAVIOURS if each.reason != "timeout" and each.link != "/later"]
    all_links = [link(server.url(each)) for each in quick]
    how = options(server, cache=tmp_path / "links.sqlite")
    first = job.run(all_links, how, NOW)
    before = sum(map(len, server.requests.values()))
    second = job.run(all_links, how, NOW + 60)
    assert sum(map(len, server.requests.values())) == before
    assert (second.asked, second.requests) == (0, 0)
    assert second.results == first.results


@pytest.mark.parametrize(
    ("answer", "hours", "fresh"),
    [
        ("ok", 71.99, True),
        ("ok", 72, False),
        ("broken", 5.99, True),
        ("broken", 6, False),
        ("unknown", 11.99, True),
        ("unknown", 12, False),
        ("ok", -1, False),
    ],
)
def test_each_class_of_verdict_has_its_own_ttl(answer: str, hours: float, fresh: bool) -> None:
    record = Record("http://a.test/", NOW, Verdict(answer), {})  # type: ignore[arg-type]
    assert is_fresh(record, (), NOW + hours * 3600, Ttl(), 100) is fresh
    assert not is_fresh(record, (), NOW + hours * 3600, Ttl(), 0)


def test_a_fragment_never_asked_about_is_asked_about(server: Server, tmp_path: Path) -> None:
    base = f"http://frag.test:{server.ports['http']}/anchors"
    how = options(server, cache=tmp_path / "links.sqlite")
    assert job.run([link(base)], how, NOW).requests == 1
    assert job.run([link(f"{base}#there")], how, NOW).requests == 1
    assert job.run([link(f"{base}#there")], how, NOW).requests == 0


def record(answer: str, reason: str, at: float) -> Record:
    return Record("http://a.test/", at, Verdict(answer, reason), {})  # type: ignore[arg-type]


def test_an_unknown_fails_after_three_failures_over_seven_days(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        for day, too_long in [(0, False), (1, False), (2, False), (6.99, False), (7, True)]:
            at = NOW + day * DAY
            stored = history.put(record("unknown", "timeout", at))
            assert lasts(stored, at, Patience()) is too_long
        assert stored.failures == 5
        history.put(record("unknown", "deadline", NOW + 8 * DAY))  # says nothing of the link
        stored = history.put(record("unknown", "timeout", NOW + 9 * DAY))
        assert (stored.failures, lasts(stored, NOW + 9 * DAY, Patience())) == (6, True)
        assert history.put(record("ok", "", NOW + 10 * DAY)).failures == 0
        stored = history.put(record("unknown", "timeout", NOW + 30 * DAY))
        assert (stored.failures, stored.failing_since) == (1, NOW + 30 * DAY)


def test_an_older_answer_changes_nothing_and_one_of_the_same_moment_does(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        history.put(record("broken", "gone", NOW))
        assert history.put(record("ok", "", NOW - 1)).verdict.answer == "broken"
        assert history.put(record("ok", "", NOW)).verdict.answer == "ok"


def test_two_failures_are_too_few_however_far_apart(tmp_path: Path) -> None:
    with History(tmp_path / "h") as history:
        history.put(record("unknown", "timeout", NOW))
        stored = history.put(record("unknown", "timeout", NOW + 90 * DAY))
    assert not lasts(stored, NOW + 90 * DAY, Patience())
    assert lasts(stored, NOW + 90 * DAY, Patience(failures=2))


_RUN = """
import sys
sys.path[:0] = {path!r}
import webserver
from pathlib import Path
from kb_tools.web import job
from kb_tools.web.fetch import Limits, Settings
from kb_tools.web.links import Link
urls = [f"http://kill.test:{port}/page?{{n}}" for n in range({first}, {first} + {count})]
how = Settings(Limits(interval={interval}), allow_private=True, resolver=webserver.Names())
options = job.Options("2026-11-23", cache=Path({cache!r}), settings=how)
job.run([Link(url, "", 0, 0) for url in urls], options, {now})
"""


def run_apart(server: Server, cache: Path, **fields: object) -> subprocess.Popen[bytes]:
    values = {"first": 0, "count": 100, "interval": 0.02, "now": NOW, **fields}
    path = [str(ROOT / name) for name in ("hooks", "tools", "tests")]
    code = _RUN.format(path=path, port=server.ports["http"], cache=str(cache), **values)
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])


def rows(cache: Path) -> int:
    if not cache.exists():
        return 0
    with sqlite3.connect(cache, timeout=30) as db:
        try:
            return int(db.execute("SELECT count(*) FROM page").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def test_a_killed_run_keeps_what_it_had_learnt(server: Server, tmp_path: Path) -> None:
    cache = tmp_path / "links.sqlite"
    running = run_apart(server, cache, interval=0.1)  # ten seconds, of which one is enough
    give_up = time.monotonic() + PATIENCE
    while rows(cache) < 10 and time.monotonic() < give_up:
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    kept = rows(cache)
    assert 10 <= kept < 100
    with sqlite3.connect(cache) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    urls = [f"http://kill.test:{server.ports['http']}/page?{n}" for n in range(100)]
    outcome = job.run([link(url) for url in urls], options(server, cache=cache), NOW)
    assert outcome.asked == 100 - kept


def test_two_runs_at_once_lose_nothing(server: Server, tmp_path: Path) -> None:
    cache = tmp_path / "links.sqlite"
    both = [run_apart(server, cache, first=first, interval=0) for first in (0, 60)]
    assert [each.wait() for each in both] == [0, 0]
    assert rows(cache) == 160


class Busy:
    """A database that is locked for its first statements."""

    def __init__(self, code: int, times: int) -> None:
        self.error = sqlite3.OperationalError("database is locked")
        self.error.sqlite_errorcode = code
        self.left = times

    def execute(self, statement: str) -> None:
        assert statement == "PRAGMA journal_mode = WAL"
        self.left -= 1
        if self.left >= 0:
            raise self.error


def test_a_new_history_waits_for_another_run_that_is_making_it() -> None:
    busy = Busy(sqlite3.SQLITE_BUSY, 2)
    history._write_ahead(busy)  # type: ignore[arg-type]
    assert busy.left == -1


def test_another_fault_of_the_history_is_not_waited_for() -> None:
    busy = Busy(sqlite3.SQLITE_READONLY, 2)
    with pytest.raises(sqlite3.OperationalError):
        history._write_ahead(busy)  # type: ignore[arg-type]
    assert busy.left == 1


def test_nothing_is_remembered_against_links_when_this_machine_is_offline(
    server: Server, tmp_path: Path
) -> None:
    how = options(server, cache=tmp_path / "h")
    urls = [f"http://host{n}.invalid/" for n in range(3)]
    away = job.run([link(url) for url in urls], how, NOW)
    assert {result.verdict.reason for result in away.results} == {"offline"}
    there = f"http://site.test:{server.ports['http']}/page"
    back = job.run([link(url) for url in [*urls, there]], how, NOW)
    assert [result.verdict.answer for result in back.results] == ["broken"] * 3 + ["ok"]


# --- shards -----------------------------------------------------------------------------------
@given(
    st.dictionaries(st.integers(0, 60).map("h{}.test".format), st.integers(1, 30)),
    st.integers(1, 8),
)
def test_shards_are_disjoint_complete_and_balanced(sizes: dict[str, int], count: int) -> None:
    all_links = [link(f"http://{host}/{n}") for host, size in sizes.items() for n in range(size)]
    parts = [job.in_shard(all_links, index, count) for index in range(1, count + 1)]
    assert sorted(each for part in parts for each in part) == sorted(all_links)
    hosts = [{each.host for each in part} for part in parts]
    assert sum(map(len, hosts)) == len(sizes)
    loads = [len(part) for part in parts]
    assert max(loads) - min(loads) <= max(sizes.values(), default=0)


def test_the_histories_of_shards_merge(server: Server, tmp_path: Path) -> None:
    port = server.ports["http"]
    all_links = [link(f"http://m{n % 4}.test:{port}/page?{n}") for n in range(20)]
    parts = [tmp_path / f"part{index}" for index in (1, 2)]
    for index, part in enumerate(parts, 1):
        job.run(all_links, options(server, cache=part, shard=(index, 2)), NOW)
    assert job.merge(tmp_path / "all", parts) == 20
    assert job.run(all_links, options(server, cache=tmp_path / "all"), NOW).requests == 0


def test_a_report_from_memory_asks_nobody(server: Server, tmp_path: Path) -> None:
    base = f"http://mem.test:{server.ports['http']}"
    how = options(server, cache=tmp_path / "links.sqlite")
    job.run([link(f"{base}/page"), link(f"{base}/withdrawn")], how, NOW)
    both = [link(f"{base}{path}") for path in ("/page", "/withdrawn", "/never-asked")]
    later = job.run(both, how._replace(ask=False), NOW + 300 * DAY)
    assert later.requests == 0
    reasons = [result.verdict.reason for result in later.results]
    assert reasons == ["", "gone", "deadline"]


def test_a_merge_keeps_the_newer_record_and_its_failures(tmp_path: Path) -> None:
    for name, reason, at in [("old", "timeout", NOW), ("new", "bot-wall", NOW + 5)]:
        with History(tmp_path / name) as history:
            history.put(record("unknown", reason, at))
    job.merge(tmp_path / "new", [tmp_path / "old"])
    job.merge(tmp_path / "old", [tmp_path / "new"])
    for name in ("old", "new"):
        with History(tmp_path / name) as history:
            kept = history.get("http://a.test/")
        assert kept
        assert kept.verdict.reason == "bot-wall"


# --- the ledger of exceptions -----------------------------------------------------------------
def entry(expect: str, address: str = "http://a.test/p", **fields: object) -> Entry:
    known = Entry(address, "*" in address, 7, expect, "as seen", "2027-01-01")
    return known._replace(**fields)


def reported(
    verdict: Verdict, known: Sequence[Entry] = (), as_of: str = "2026-11-23", lasting: bool = False
) -> list[str]:
    how = Options(as_of, tuple(known))
    current = [each for each in known if agreement.is_current(each, as_of)]
    url = "http://a.test/p"
    found = exceptions.find(url, current)
    result = Result(link(url), verdict, found, lasting)
    ledger_own = agreement.ledger_findings(known, [url], how.ledger, as_of)
    outcome = Outcome((result,), tuple(ledger_own), 1, 1)
    return sorted(each.finding.rule for each in job.located(outcome, how))


BROKEN, UNKNOWN, OK = Verdict("broken", "gone"), Verdict("unknown", "bot-wall"), Verdict("ok")
MOVED = Verdict("ok", redirect="permanent", target="http://b.test/")


@pytest.mark.parametrize(
    ("verdict", "expect", "rules"),
    [
        (BROKEN, "", ["web-broken"]),
        (UNKNOWN, "", ["web-unknown"]),
        (MOVED, "", ["web-moved"]),
        (OK, "", []),
        (BROKEN, "dead", []),
        (UNKNOWN, "dead", []),
        (OK, "dead", ["link-exception-contradicted"]),
        (MOVED, "moved", []),
        (OK, "moved", ["link-exception-contradicted"]),
        (BROKEN, "moved", ["link-exception-contradicted", "web-broken"]),
        (UNKNOWN, "bot-wall", []),
        (OK, "bot-wall", ["link-exception-contradicted"]),
        (BROKEN, "login", ["link-exception-contradicted", "web-broken"]),
        (OK, "ok", []),
        (UNKNOWN, "ok", []),
        (BROKEN, "ok", ["link-exception-contradicted", "web-broken"]),
    ],
)
def test_what_the_ledger_expects(verdict: Verdict, expect: str, rules: list[str]) -> None:
    assert reported(verdict, [entry(expect)] if expect else []) == rules


def test_an_expired_entry_is_reported_and_holds_no_more() -> None:
    old = entry("dead", until="2026-11-22")
    assert reported(BROKEN, [old]) == ["link-exception-expired", "web-broken"]
    assert reported(BROKEN, [entry("dead", until="2026-11-23")]) == []


def test_an_entry_that_no_link_needs_is_reported() -> None:
    assert reported(OK, [entry("dead", "http://b.test/")]) == ["link-exception-unused"]


def test_an_unknown_that_lasts_is_an_error_unless_expected() -> None:
    assert reported(UNKNOWN, lasting=True) == ["web-unreachable"]
    assert reported(UNKNOWN, [entry("bot-wall")], lasting=True) == []


def test_the_nearest_entry_speaks_for_an_address() -> None:
    known = [
        entry("bot-wall", "http://a.test/*"),
        entry("login", "http://a.test/user/*"),
        entry("dead", "http://a.test/user/中文"),
    ]
    expects = {
        "http://a.test/x": "bot-wall",
        "http://a.test/user/x": "login",
        "http://a.test/user/%E4%B8%AD%E6%96%87#part": "dead",
    }
    for url, expect in expects.items():
        found = exceptions.find(url, known)
        assert found
        assert found.expect == expect
    assert exceptions.find("http://b.test/", known) is None


@given(st.text("ab*", max_size=9), st.text("ab", max_size=9))
def test_a_pattern_fits_what_its_stars_leave_open(pattern: str, url: str) -> None:
    stars = ".*".join(re.escape(part) for part in pattern.split("*"))
    known = entry("ok", pattern)._replace(is_pattern=True)
    assert exceptions.covers(known, url) == bool(re.fullmatch(stars, url))


def test_an_entry_without_an_address_is_left_to_the_schema() -> None:
    row = '- {url: "", expect: ok, reason: seen by hand, until: 2027-01-01}'
    read = ledger.load(row, "links.yml", "links")
    assert read.findings
    assert exceptions.entries(read) == ()


def test_the_ledger_of_this_project_is_valid() -> None:
    read = GUIDE.ledger(exceptions.LEDGER)
    assert read.findings == ()
    assert len(exceptions.entries(read)) == len(read.data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "ftp://a.test/"),
        ("expect", "maybe"),
        ("until", "soon"),
        ("reason", ""),
        ("archived", "web.archive.org"),
    ],
)
def test_the_schema_refuses(field: str, value: str) -> None:
    good = {
        "url": "https://a.test/",
        "expect": "bot-wall",
        "reason": "answers robots with 403",
        "until": "2027-01-01",
    }
    for row, wrong in ((good, False), ({**good, field: value}, True)):
        text = "\n".join(
            f"{'-' if n == 0 else ' '} {k}: '{v}'" for n, (k, v) in enumerate(row.items())
        )
        assert bool(ledger.load(text, "links.yml", "links").findings) is wrong


def test_a_dead_link_carries_its_mark_and_its_copy() -> None:
    known = [
        entry("dead", "https://a.test/*", since="2025-01-31", archived="https://web.test/1?a&b"),
        entry("bot-wall", "https://b.test/"),
    ]
    html = (
        '<p><a class="x" href="https://a.test/?x&amp;y">A</a>, <a href="https://b.test/">B</a></p>'
    )
    marked = marks.mark(html, known, "en")
    assert marked == (
        '<p><a class="x" href="https://a.test/?x&amp;y">A</a><small class="kb-gone"> (gone since '
        '2025-01-31) <a href="https://web.test/1?a&amp;b">archived copy</a></small>, '
        '<a href="https://b.test/">B</a></p>'
    )
    assert "（2025-01-31 起失效）" in marks.mark(html, known, "zh")
    assert marks.mark(html, known[1:], "en") == html
    unclosed = html.replace("</a>", "")
    assert marks.mark(unclosed, known, "en") == unclosed


# --- fixes ------------------------------------------------------------------------------------
OLD, NEW = "http://a.test/old", "https://b.test/new(1)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[x](http://a.test/old)", "[x](https://b.test/new%281%29)"),
        ('[x](<http://a.test/old> "t")', '[x](<https://b.test/new%281%29> "t")'),
        ("<http://a.test/old>", "<https://b.test/new%281%29>"),
        ("[x][y]\n\n[y]: http://a.test/old\n", "[x][y]\n\n[y]: https://b.test/new%281%29\n"),
        ('<a href="http://a.test/old">x</a>', '<a href="https://b.test/new%281%29">x</a>'),
        ("[x](http://a.test/old)\r\n# y\r\n", "[x](https://b.test/new%281%29)\r\n# y\r\n"),
        (
            "`[x](http://a.test/old)` [x](http://a.test/old)",
            "`[x](http://a.test/old)` [x](https://b.test/new%281%29)",
        ),
        (
            "[http://a.test/old](http://a.test/old)",
            "[http://a.test/old](https://b.test/new%281%29)",
        ),
    ],
)
def test_a_permanent_redirect_is_written_into_the_link_alone(before: str, after: str) -> None:
    assert fix.rewrite(before, {OLD: NEW}) == fix.Rewrite(after, ())


@pytest.mark.parametrize(
    "text",
    [
        "http://a.test/old in prose",
        "```\n[x](http://a.test/old)\n```\n",
        "[x](http://a.test/older) [y](http://a.test/old/er)",
        "[x](http://a.test/old)\r\nmixed\n",
        "<!-- [x](http://a.test/old) -->",
    ],
)
def test_what_cannot_be_mapped_exactly_is_left_and_told(text: str) -> None:
    assert fix.rewrite(text, {OLD: NEW}) == fix.Rewrite(text, (OLD,))


def test_fix_changes_one_file_and_shows_a_diff(server: Server, tmp_path: Path) -> None:
    base = f"http://site.test:{server.ports['http']}"
    (tmp_path / "docs").mkdir()
    text = f"# T\n\n[a]({base}/moved#part) [b]({base}/for-now) [c]({base}/moved-to-lost)\n"
    (tmp_path / "docs/a.md").write_text(text)
    urls = [f"{base}/moved-to-anchors#there", f"{base}/for-now", f"{base}/moved-to-lost"]
    (tmp_path / "docs/a.md").write_text(text.replace("/moved#part", "/moved-to-anchors#there"))
    outcome = job.run([link(url, line=3) for url in urls], options(server), NOW)
    (fixed,) = job.fixes(outcome, tmp_path)
    assert fixed.left == ()
    changed = [line for line in fixed.diff.splitlines() if line[0] in "+-"][2:]
    assert changed == [
        f"-[a]({base}/moved-to-anchors#there) [b]({base}/for-now) [c]({base}/moved-to-lost)",
        f"+[a]({base}/anchors#there) [b]({base}/for-now) [c]({base}/moved-to-lost)",
    ]
    job.apply([fixed], tmp_path)
    assert (tmp_path / "docs/a.md").read_text() == fixed.text


# --- a site's links ---------------------------------------------------------------------------
def test_the_links_of_a_built_site_come_with_their_markdown(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/index.html").write_text(
        '<!doctype html><html><head><link rel="preconnect" href="https://cdn.test">'
        '<link rel="canonical" href="https://own.test/a/"></head><body>'
        '<a href="https://theme.test/">made with</a><article>'
        '<a href="https://x.test/1">one</a> <a href="/a/">in</a> <a href="mailto:a@b.c">m</a>'
        '<script type="application/ld+json">{"url": "https://own.test/a"}</script>'
        '<img src="//pics.test/1.png"><form action="https://form.test/"></form>'
        '<a href="https://x.test/1">again</a></article></body></html>'
    )
    text = "# T\n\n[one](https://x.test/1)\n![p](//pics.test/1.png)\n\n[again](https://x.test/1)\n"
    made = source("docs/a.md", text)
    site = read_site(tmp_path)
    found = links.collect(site, {"a/index.html": made})
    assert [(each.url, each.source_line) for each in found] == [
        ("https://theme.test/", 0),
        ("https://x.test/1", 3),
        ("https://pics.test/1.png", 4),
        ("https://x.test/1", 6),
    ]


def test_a_changed_page_is_checked_and_the_rest_left_alone(server: Server, tmp_path: Path) -> None:
    base = f"http://diff.test:{server.ports['http']}"
    sources = {}
    for name, target in (("a", "withdrawn"), ("b", "missing")):
        (tmp_path / f"docs/{name}.md").parent.mkdir(exist_ok=True)
        text = f"[{name}]({base}/{target})\n"
        (tmp_path / f"docs/{name}.md").write_text(text)
        (tmp_path / f"site/{name}").mkdir(parents=True)
        page = f'<article><a href="{base}/{target}">{name}</a></article>'
        (tmp_path / f"site/{name}/index.html").write_text(page)
        sources[f"{name}/index.html"] = source(f"docs/{name}.md", text)
    first = commit(tmp_path)
    with (tmp_path / "docs/a.md").open("a") as file:
        file.write("\nmore\n")
    commit(tmp_path)
    site = read_site(tmp_path / "site")
    how = options(server, changed=links.changed_files(first, tmp_path))
    reported = job.located(job.run(links.collect(site, sources), how, NOW), how)
    (found,) = reported
    assert str(found.finding).startswith("docs/a.md:1:1: ")
    assert (found.finding.rule, found.url) == ("web-broken", f"{base}/withdrawn")
    assert "- [ ] `docs/a.md:1`" in summary.tracking_issue(reported)


def commit(folder: Path) -> str:
    named = ("-c", "user.name=t", "-c", "user.email=t@t.test", "-c", "init.defaultBranch=main")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["rev-parse", "HEAD"]):
        done = subprocess.run(
            ["git", *named, *arguments], cwd=folder, check=True, capture_output=True, text=True
        )
    return done.stdout.strip()


def test_only_pages_changed_since_a_commit(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("一.md", "b.md"):
        (tmp_path / "docs" / name).write_text("old")
    first = commit(tmp_path)
    (tmp_path / "docs/一.md").write_text("new")
    commit(tmp_path)
    assert links.changed_files(first, tmp_path) == {"docs/一.md"}
    for wrong in ("no-such-ref", "--output=stolen"):
        with pytest.raises(InputError, match=wrong if wrong[0] == "-" else "git: "):
            links.changed_files(wrong, tmp_path)
    assert not (tmp_path / "stolen").exists()


# --- what people read -------------------------------------------------------------------------
def test_the_summary_counts_addresses_and_lists_what_is_wrong(server: Server) -> None:
    base = f"http://site.test:{server.ports['http']}"
    urls = [f"{base}/page", f"{base}/withdrawn", f"{base}/forbidden", f"{base}/moved"]
    how = options(server)
    outcome = job.run([link(url) for url in urls], how, NOW)
    found = job.located(outcome, how)
    text = summary.job_summary(outcome, found)
    assert "| 4 | 2 | 1 | 1 | 4 | 5 |" in text
    assert text.index("### web-broken (1)") < text.index("### web-moved (1)")
    assert "https://web.archive.org/web/20261123/http:" in text
    issue = summary.tracking_issue(found)
    assert issue.count("- [ ]") == 2
    assert "/forbidden" not in issue
    assert summary.tracking_issue([]) == ""


def test_words_from_the_web_cannot_write_markup() -> None:
    evil = Verdict("broken", "soft-404", "the page says “@all ![x](http://e.test) <img> `#1`”")
    outcome = Outcome((Result(link("http://a.test/p"), evil, None),), (), 1, 1)
    text = summary.tracking_issue(job.located(outcome, Options("2026-11-23")))
    line = text.splitlines()[-1].split("` ", 1)[1]
    assert not set("@`<[#") & set(line.replace("&#", ""))


def test_a_link_of_the_template_is_reported_once() -> None:
    pages = [Link("http://a.test/p", f"site/{n}/index.html", 9, 1) for n in range(30)]
    outcome = Outcome(tuple(Result(each, BROKEN, None) for each in pages), (), 1, 1)
    (found,) = job.located(outcome, Options("2026-11-23"))
    assert (found.pages, found.verdict, found.finding.path) == (30, "broken", "site/0/index.html")


def test_progress_is_shown_on_a_terminal_and_quiet_in_a_pipe() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    pipe, terminal = io.StringIO(), Terminal()
    for stream in (pipe, terminal):
        show = summary.progress(stream)
        show(1, 2)
        show(2, 2)
    assert pipe.getvalue() == ""
    assert terminal.getvalue().endswith("2/2  100%\n")
    assert summary.progress_line(500, 2000, 30) == "500/2000   25%  1:30 left"
