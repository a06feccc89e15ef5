"""The web on this machine: one handler per behaviour, each with the verdict that is right for it.

Host names ending in `.test` are mapped to this machine by `Names`; nothing here leaves it.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PROSE = "<p>" + "A real page has something to say. " * 40 + "</p>"


class Behaviour(NamedTuple):
    """A link (path, query and fragment) and what is right to say of it."""

    link: str
    answer: str
    reason: str = ""
    redirect: str = ""
    host: str = "site.test"
    scheme: str = "http"


BEHAVIOURS: list[Behaviour] = []
HANDLERS: dict[str, Handler] = {}


def behaves(
    link: str, answer: str, reason: str = "", redirect: str = "", host: str = "site.test"
) -> Callable[[Handler], Handler]:
    """Register a handler for a link's path, and the verdict on the link."""

    def register(handler: Handler) -> Handler:
        BEHAVIOURS.append(Behaviour(link, answer, reason, redirect, host))
        HANDLERS[link.partition("#")[0].partition("?")[0]] = handler
        return handler

    return register


def html(body: str, status: int = 200, title: str = "A page", **headers: str) -> web.Response:
    """A page in UTF-8."""
    text = f"<!doctype html><title>{title}</title><body>{body}"
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def fixed(
    link: str,
    answer: str,
    reason: str = "",
    *,
    body: str = PROSE,
    status: int = 200,
    title: str = "A page",
    **headers: str,
) -> None:
    """Register a page that is always the same."""

    @behaves(link, answer, reason)
    async def handler(_request: web.Request) -> web.StreamResponse:
        return html(body, status, title, **headers)


def sends(link: str, to: str, status: int, answer: str, reason: str = "", kind: str = "") -> None:
    """Register a redirect."""

    @behaves(link, answer, reason, kind)
    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": to})


# --- what readers get -------------------------------------------------------------------------
fixed("/", "ok")
fixed("/page", "ok")
fixed("/anchors#there", "ok", body=f'<h2 id="there">x</h2><a name="old">y</a>{PROSE}')
BEHAVIOURS += [
    Behaviour("/anchors#old", "ok"),
    Behaviour("/anchors#", "ok"),
    Behaviour("/anchors#top", "ok"),
    Behaviour("/anchors#/route", "ok"),
    Behaviour("/anchors#!/route", "ok"),
    Behaviour("/anchors#:~:text=real%20page", "ok"),
    Behaviour("/anchors#there:~:text=real", "ok"),
    Behaviour("/anchors#L10-L20", "ok"),
    Behaviour("/anchors#gone", "broken", "fragment"),
    Behaviour("/anchors#There", "broken", "fragment"),
]
fixed("/id-in-template#t", "broken", "fragment", body=f'<template><i id="t"></i></template>{PROSE}')
fixed("/id-in-comment#c", "broken", "fragment", body=f'<!-- <i id="c"></i> -->{PROSE}')
fixed(f"/zh#{quote('充值')}", "ok", body=f'<h2 id="充值">充值</h2>{PROSE}', title="说明")
fixed("/app#anything", "unknown", "script-page", body='<div id="root"></div><script src="/a.js">')
fixed("/about/http-404", "ok", title="404 Not Found - HTTP | Handbook")
fixed("/long-report", "ok", title="Not found", body=PROSE * 8)
fixed("/essay", "ok", title="How a page not found became an art form")
fixed("/self-refresh", "ok", body=f'<meta http-equiv="refresh" content="5">{PROSE}')
fixed(
    "/noscript-refresh",
    "ok",
    body=f'<noscript><meta http-equiv="refresh" content="0; url=/missing"></noscript>{PROSE}',
)


@behaves("/head-refused", "ok")
async def head_refused(request: web.Request) -> web.StreamResponse:
    return html(PROSE) if request.method == "GET" else web.Response(status=405)


def gbk(body: str, title: str, charset: str = "; charset=gbk") -> web.Response:
    """A page in GBK; without the charset in its header it says so itself."""
    meta = "" if charset else '<meta charset="gb2312">'
    data = f"<!doctype html>{meta}<title>{title}</title>{body}".encode("gbk")
    return web.Response(body=data, headers={"Content-Type": f"text/html{charset}"})


@behaves(f"/gbk#{quote('实名认证')}", "ok")
async def gbk_page(_request: web.Request) -> web.StreamResponse:
    return gbk(f'<h2 id="实名认证">实名认证</h2>{PROSE}', "说明")


@behaves("/gbk-meta#虚拟卡", "ok")
async def gbk_meta(_request: web.Request) -> web.StreamResponse:
    return gbk(f'<h2 id="虚拟卡">虚拟卡</h2>{PROSE}', "说明", charset="")


BEHAVIOURS.append(Behaviour(f"/gbk#{quote('充值')}", "broken", "fragment"))


@behaves("/gbk-lost", "broken", "soft-404")
async def gbk_lost(_request: web.Request) -> web.StreamResponse:
    return gbk("抱歉", "您访问的页面不存在")


@behaves("/manual.pdf#page=3", "ok")
async def pdf(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"%PDF-1.7 not found", content_type="application/pdf")


@behaves("/packed#there", "ok")
async def packed(_request: web.Request) -> web.StreamResponse:
    body = gzip.compress(f'<title>x</title><h2 id="there">{PROSE}'.encode())
    return _bytes(body, "gzip")


@behaves("/deflated#there", "ok")
async def deflated(_request: web.Request) -> web.StreamResponse:
    raw = zlib.compressobj(wbits=-15)
    body = raw.compress(f'<title>x</title><h2 id="there">{PROSE}'.encode()) + raw.flush()
    return _bytes(body, "deflate")


_BOMB = gzip.compress(b"<title>x</title>" + b" " * (100 * 1024 * 1024), compresslevel=9)


@behaves("/bomb", "ok")
async def bomb(_request: web.Request) -> web.StreamResponse:
    return _bytes(_BOMB, "gzip")


def _bytes(body: bytes, coding: str) -> web.Response:
    headers = {"Content-Type": "text/html", "Content-Encoding": coding}
    return web.Response(body=body, headers=headers)


@behaves("/cookie-first", "ok", redirect="temporary")
async def cookie_first(request: web.Request) -> web.StreamResponse:
    if request.cookies.get("seen"):
        return html(PROSE)
    return web.Response(status=302, headers={"Location": "/cookie-first", "Set-Cookie": "seen=1"})


# --- what browsers read and strict clients refuse ---------------------------------------------
def odd(link: str, answer: str, reason: str, status: str, *fields: bytes, body: bytes) -> None:
    """Register an answer that is written byte for byte."""
    BEHAVIOURS.append(Behaviour(link, answer, reason, host="odd"))
    head = b"\r\n".join([f"HTTP/1.1 {status}".encode(), *fields])
    ODD[link.partition("#")[0]] = head + b"\r\n\r\n" + body


ODD: dict[str, bytes] = {}
_WHOLE = f'<!doctype html><title>x</title><h2 id="there">x</h2>{PROSE}'.encode()
_TYPE, _SIZE = b"Content-Type: text/html", b"Content-Length: %d" % len(_WHOLE)
odd("/twice#there", "ok", "", "200 OK", _TYPE, _SIZE, _SIZE, body=_WHOLE)
odd("/longer#there", "ok", "", "200 OK", _TYPE, _SIZE, body=_WHOLE + b"<p>and more</p>")
odd("/longer#gone", "broken", "fragment", "200 OK", _TYPE, _SIZE, body=_WHOLE + b"<p>more</p>")
odd("/utf-8-name", "ok", "", "200 OK", "X-名: 值".encode(), _TYPE, _SIZE, body=_WHOLE)
odd("/blank", "ok", "", "200 OK", b"Content-Type : text/html", _SIZE, body=_WHOLE)
odd("/blank-lost", "broken", "not-found", "404 No", b"X : y", _TYPE, body=b"<h1>No</h1>")
odd("/blank-moved", "ok", "", "301 Moved", b"X : y", b"Location: /blank", body=b"")
BEHAVIOURS[-1] = BEHAVIOURS[-1]._replace(redirect="permanent")
_CHUNKED = b"Transfer-Encoding: chunked"
odd("/blank-cut", "ok", "", "200 OK", b"X : y", _TYPE, _CHUNKED, body=b"3\r\n<p>\r\n0\r\n\r\n")
odd("/nonsense", "broken", "bad-http", "200 OK", _TYPE, _CHUNKED, body=b"zzz\r\nhello")
_MANY = [b"X-%d: %s" % (n, b"a" * 60) for n in range(300)]
odd("/many", "ok", "", "200 OK", *_MANY, _TYPE, _SIZE, body=_WHOLE)
odd("/wide", "ok", "", "200 OK", b"X: " + b"a" * 20_000, _TYPE, _SIZE, body=_WHOLE)
odd("/shorter", "broken", "truncated", "200 OK", _TYPE, b"Content-Length: 9000", body=_WHOLE)


# --- redirects --------------------------------------------------------------------------------
sends("/moved", "/page", 301, "ok", kind="permanent")
sends("/moved-308", "page", 308, "ok", kind="permanent")
sends("/for-now", "/page", 302, "ok", kind="temporary")
sends("/for-now-307", "/page", 307, "ok", kind="temporary")
sends("/moved-then-for-now", "/for-now", 301, "ok", kind="permanent")
sends("/moved-zh", "/zh?词=值", 301, "ok", kind="permanent")
sends("/moved-to-anchors#there", "/anchors", 301, "ok", kind="permanent")
sends("/moved-to-lost", "/missing", 301, "broken", "not-found", "permanent")
sends("/loop", "/loop-2", 302, "broken", "loop", "temporary")
sends("/loop-2", "/loop", 302, "broken", "loop", "temporary")
sends("/to-home", "/", 302, "broken", "redirect-home", "temporary")
sends("/old/article.html", "/index.html", 301, "broken", "redirect-home", "permanent")
sends("/to-lost-page", "/error/404.html", 302, "broken", "soft-404", "temporary")
sends("/account", "/login?next=/account", 302, "unknown", "login", "temporary")
sends("/not-here", "/unsupported-country", 302, "unknown", "geo-blocked", "temporary")
sends("/to-app", "itms-apps://apps.example/1", 302, "unknown", "app-link")
sends("/nowhere", "", 302, "broken", "bad-redirect")
sends("/to-nonsense", "http://[::1", 302, "broken", "bad-redirect")
sends("/to-file", "file:///etc/hosts", 302, "broken", "bad-redirect")
sends("/topics/machine-learning", "/ml", 301, "ok", kind="permanent")
sends("/topics/people", "/hr/", 302, "ok", kind="temporary")
sends("/topics/gone", "/en/", 302, "broken", "redirect-home", "temporary")
sends("/fr/gone", "/fr/", 302, "broken", "redirect-home", "temporary")
for _path in ("/index.html", "/error/404.html", "/login", "/unsupported-country"):
    fixed(_path, "ok")
for _path, _tongue in (("/ml", "en"), ("/hr/", "en-GB"), ("/en/", "en-GB"), ("/fr/", "")):
    fixed(_path, "ok", body=f'<html lang="{_tongue}">{PROSE}')


@behaves("/refresh", "ok", redirect="temporary")
async def refresh(_request: web.Request) -> web.StreamResponse:
    return html('<meta http-equiv="refresh" content="0; url=/page">')


@behaves("/refresh-lost", "broken", "not-found", "temporary")
async def refresh_lost(_request: web.Request) -> web.StreamResponse:
    return html("<meta http-equiv=refresh content='1;/missing'>")


@behaves("/credentials", "ok")
async def credentials(request: web.Request) -> web.StreamResponse:
    sent = {"Authorization", "Cookie", "Referer"} & set(request.headers)
    return web.Response(status=500 if sent else 204)


@behaves("/chain/0", "broken", "chain", "temporary")
async def chain(request: web.Request) -> web.StreamResponse:
    step = int(request.path.rpartition("/")[2])
    return web.Response(status=302, headers={"Location": f"/chain/{step + 1}"})


# --- gone, in every disguise ------------------------------------------------------------------
fixed("/missing", "broken", "not-found", status=404)
fixed("/withdrawn", "broken", "gone", status=410)
fixed("/failing", "broken", "server-error", status=500)
fixed("/bad-request", "broken", "client-error", status=400)
fixed("/lost", "broken", "soft-404", title="Page not found | Site", body="<h1>Oops</h1>")
fixed("/lost-number", "broken", "soft-404", title="Error 404", body="<p>Nothing</p>")
fixed("/lost-heading", "broken", "soft-404", body="<h1>This page does not exist</h1>")
fixed("/lost-zh", "broken", "soft-404", title="页面不存在 - 某站", body="<p>返回首页</p>")
fixed("/lost-zh-2", "broken", "soft-404", title="抱歉，您访问的页面找不到了", body="")
fixed("/lost-zh-3", "broken", "soft-404", title="知乎", body="<h1>文章已被删除</h1>")
fixed("/lost-tw", "broken", "soft-404", title="找不到網頁", body="<p>回首頁</p>")
_MENU = "<nav>" + "在这里继续看别的文章 " * 800 + "</nav>"
fixed("/errors/12", "broken", "soft-404", title="Page not found | Site", body="<h1>Oops</h1>")
fixed("/posts/404", "broken", "soft-404", title="Page not found", body="<h1>Oops</h1>")
fixed("/lost-long", "broken", "soft-404", title="页面不存在", body=f"<h1>页面不存在</h1>{_MENU}")
fixed("/lost-note", "broken", "soft-404", title="", body="<div>该回答已被作者删除</div>")
fixed("/lost-video", "broken", "soft-404", title="站点", body="<p>啊，视频不见了</p>")
fixed("/lost-share", "broken", "soft-404", title="网盘", body="<p>分享的文件已经被取消了</p>")
fixed("/about-removal", "ok", title="规则", body=f"<p>该回答已被作者删除</p>{PROSE * 2}")
fixed("/parked", "broken", "parked", title="name.test", body="<h1>This domain is for sale</h1>")
fixed("/parked-zh", "broken", "parked", title="name.test", body="<p>该域名正在出售</p>")
fixed(
    "/parked-frame", "broken", "parked", body="<script src='//www.sedoparking.com/x.js'></script>"
)


@behaves("/truncated", "broken", "truncated")
async def truncated(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html", "Content-Length": "9000"})
    await response.prepare(request)
    await response.write(b"<title>x</title>" + PROSE.encode())
    assert request.transport
    request.transport.close()
    return response


@behaves("/truncated-gzip", "broken", "truncated")
async def truncated_gzip(_request: web.Request) -> web.StreamResponse:
    return _bytes(gzip.compress(PROSE.encode() * 9)[:-12], "gzip")


# --- not for robots, not now ------------------------------------------------------------------
fixed("/sign-in-first", "unknown", "login", status=401)
fixed("/forbidden", "unknown", "bot-wall", status=403)
fixed("/linkedin", "unknown", "bot-wall", status=999)
fixed("/too-many", "unknown", "rate-limited", status=429, **{"Retry-After": "120"})
fixed("/geo", "unknown", "geo-blocked", status=451)
fixed("/geo-403", "unknown", "geo-blocked", status=403, body="Not available in your country")
fixed("/geo-zh", "unknown", "geo-blocked", status=403, body="您所在的地区暂不支持")
fixed("/overloaded", "unknown", "server-busy", status=503)
fixed("/challenge", "unknown", "bot-wall", status=503, title="Just a moment...", body="")
fixed("/challenge-200", "unknown", "bot-wall", title="百度安全验证", body="")
fixed("/challenge-header", "unknown", "bot-wall", status=403, **{"cf-mitigated": "challenge"})


for _status in (400, 409, 500):
    _name = f"/programs-{_status}"

    @behaves(_name, "unknown", "browser-only")
    async def choosy(request: web.Request) -> web.StreamResponse:
        browser = "Mozilla" in request.headers["User-Agent"]
        return html(PROSE, 200 if browser else int(request.path.rpartition("-")[2]))


for _status in (412, 415, 460):
    fixed(f"/refused-{_status}", "unknown", "bot-wall", status=_status)
_STATE = '<script>window.__INITIAL_STATE__ = {"ids": ["late"]}</script>'
_JSON = '<script type="application/json"{}>{{"headings": ["late"]}}</script>'
fixed("/scripted#late", "unknown", "script-page", body=PROSE + _JSON.format(' id="__DATA__"'))
fixed("/stateful#late", "unknown", "script-page", body=PROSE + _STATE)
fixed("/set-up#late", "broken", "fragment", body=PROSE + _JSON.format(' id="__config"'))
fixed("/counted#late", "broken", "fragment", body=f"{PROSE}<script>window.count = 1</script>")
for _n in range(4):
    fixed(f"/repair/{_n}", "unknown", "server-busy", status=503, **{"Retry-After": "3600"})


@behaves("/slow", "unknown", "timeout")
async def slow(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return html(PROSE)


@behaves("/drip", "unknown", "timeout")
async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    with suppress(ConnectionError):
        while True:
            await response.write(b"<p>")
            await asyncio.sleep(0.05)
    return response


@behaves("/reset", "unknown", "network")
async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return html("")


# --- better the second time -------------------------------------------------------------------
_seen: Counter[str] = Counter()


@behaves("/flaky", "ok")
async def flaky(request: web.Request) -> web.StreamResponse:
    _seen[request.path] += 1
    return html(PROSE, 200 if _seen[request.path] % 3 == 0 else 503)


@behaves("/later", "ok")
async def later(request: web.Request) -> web.StreamResponse:
    _seen[request.path] += 1
    if _seen[request.path] % 2:
        return html("", 429, **{"Retry-After": "1"})
    return html(PROSE)


# --- other hosts ------------------------------------------------------------------------------
BEHAVIOURS += [
    Behaviour("/", "broken", "dns", host="no-such-host.invalid"),
    Behaviour("/", "unknown", "dns-failing", host="no-answer.invalid"),
    Behaviour("/", "broken", "refused", host="refused"),
    Behaviour("/", "broken", "bad-http", host="not-http"),
    Behaviour("/page", "ok", scheme="https"),
    Behaviour("/page", "broken", "tls", host="other-name.test", scheme="https"),
    Behaviour("/page", "broken", "tls", host="expired.test", scheme="https"),
    Behaviour("/page", "broken", "tls", host="untrusted.test", scheme="https"),
]


class Names(AbstractResolver):
    """Name service for the tests: `.test` is this machine, `.invalid` fails (RFC 6761)."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host == "no-answer.invalid":
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        if not host.endswith(".test"):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [
            ResolveResult(
                hostname=host,
                host=self.address,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing is held."""


class Server(NamedTuple):
    """A running server: its ports, a client's trust, and the times of requests by host and path."""

    ports: dict[str, int]
    trust: ssl.SSLContext
    requests: dict[str, list[float]]

    def url(self, behaviour: Behaviour) -> str:
        """The address of a behaviour on this server."""
        special = {"expired.test", "untrusted.test", "refused", "not-http", "odd"}
        host = behaviour.host if "." in behaviour.host else "site.test"
        port = self.ports[behaviour.host if behaviour.host in special else behaviour.scheme]
        return f"{behaviour.scheme}://{host}:{port}{behaviour.link}"


def application(requests: dict[str, list[float]], more: Mapping[str, Handler]) -> web.Application:
    """All handlers behind one door that notes who came when."""

    @web.middleware
    async def noted(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        requests[f"{request.host}{request.path}"].append(time.monotonic())
        return await handler(request)

    app = web.Application(middlewares=[noted])
    for path, handler in {**HANDLERS, **more}.items():
        app.router.add_route("*", path, handler)
    app.router.add_get("/chain/{step}", chain)
    return app


@contextmanager
def serve(more: Mapping[str, Handler] = MappingProxyType({})) -> Iterator[Server]:
    """Run the server in a thread of its own, with `more` paths if any."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    started = asyncio.run_coroutine_threadsafe(_start(more), loop)
    server, stop = started.result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _start(more: Mapping[str, Handler]) -> tuple[Server, Callable[[], Any]]:
    requests: dict[str, list[float]] = defaultdict(list)
    runner = web.AppRunner(application(requests, more), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    authority, stranger = trustme.CA(), trustme.CA()
    certificates = {
        "https": authority.issue_cert("site.test"),
        "expired.test": authority.issue_cert("expired.test", not_after=_LONG_AGO),
        "untrusted.test": stranger.issue_cert("untrusted.test"),
    }
    ports = {"http": await _listen(runner, None), "refused": _closed_port()}
    for name, certificate in certificates.items():
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        ports[name] = await _listen(runner, context)
    raw = [await asyncio.start_server(each, "127.0.0.1", 0) for each in (_not_http, _odd)]
    for name, each in zip(("not-http", "odd"), raw, strict=True):
        ports[name] = each.sockets[0].getsockname()[1]
    trust = ssl.create_default_context()
    authority.configure_trust(trust)

    async def stop() -> None:
        for each in raw:
            each.close()
        await runner.cleanup()

    return Server(ports, trust, requests), stop


async def _listen(runner: web.AppRunner, context: ssl.SSLContext | None) -> int:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    await web.SockSite(runner, sock, ssl_context=context).start()
    return int(sock.getsockname()[1])


def _closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def _not_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")  # to close upon what was not read breaks the connection off
    writer.write(b"SSH-2.0-nothing to see here\r\n")
    await writer.drain()
    writer.close()


async def _odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    line = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.write(ODD[line.split(" ")[1]])
    with suppress(ConnectionError):
        await writer.drain()
    writer.close()
