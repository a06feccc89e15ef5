"""Asking the web: bounded, polite, and never an address that is nobody's business.

One `Client` per run; `Client.get` follows an address to its end and gives `Facts`.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Self
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]
from urllib.robotparser import RobotFileParser

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver
from aiohttp.connector import SocketFactoryType
from aiohttp.helpers import is_ip_address

from kb import clock
from kb.web.address import address, quote_bytes
from kb_tools.web import hosts, lenient
from kb_tools.web import page as pages
from kb_tools.web.safety import Forbidden, check, guarded_socket
from kb_tools.web.schedule import Retry, next_wait, retry_after
from kb_tools.web.verdict import MAX_HOPS, UNFOLLOWED, Facts, Hop, is_refusal, transient

AGENT = "kb-links/1.0 (link checker; asks once for each page that the site links to)"
# What a server answers that refuses our name: as a browser it is asked once more, still named.
_AS_BROWSER = f"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 {AGENT}"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEPT = ("content-type", "cf-mitigated", "x-amzn-waf-action", "retry-after")
_PAGE_TYPES, _JSON = ("text/html", "application/xhtml+xml"), "application/json"
ARCHIVE = "https://archive.org/wayback/available"  # tells of copies that the Wayback Machine has
_CHUNK = 65536
# As much as browsers read of an answer's head.
_HEAD_BYTES, _HEADERS = 256 * 1024, 4096
# RFC 9309, 2.5: a robots.txt is read this far at least.
_ROBOTS_BYTES = 500 * 1024
_LOOKUPS = 32
_IN_A_ROW = 3
_TIMEOUT_TRIES = 2


class Limits(NamedTuple):
    """How much is asked at once, how fast, how long and how much."""

    per_host: int = 4
    total: int = 64
    interval: float = 0.05
    connect: float = 10.0
    request: float = 20.0
    deadline: float = 900.0
    body: int = 2 * 1024 * 1024
    retry: Retry = Retry()


class Settings(NamedTuple):
    """How to ask. `resolver` and `tls` replace the system's, in tests."""

    limits: Limits = Limits()
    hosts: Mapping[str, hosts.Host] = MappingProxyType({})
    proxies: Mapping[str, str] = MappingProxyType({})  # by scheme, as the environment names them
    robots: bool = False
    allow_private: bool = False
    resolver: AbstractResolver | None = None
    tls: ssl.SSLContext | None = None


@dataclass
class Lane:
    """One host's turn: so many at once, so far apart, and a pause when the host asks for one."""

    slots: asyncio.Semaphore
    interval: float
    asked: hosts.Host = field(default_factory=hosts.Host)
    next_at: float = 0.0
    paused: float = 0.0
    in_a_row: int = 0
    robots: RobotFileParser | None = None
    reading_robots: asyncio.Lock = field(default_factory=asyncio.Lock)

    def reserve(self, now: float) -> float:
        """Seconds to wait for the next free moment, which is then taken."""
        start = max(self.next_at, self.paused, now)
        self.next_at = start + self.interval
        return start - now

    @property
    def is_limited(self) -> bool:
        """Whether the host limits this run, not only a page."""
        return self.in_a_row >= _IN_A_ROW

    def answered(self, status: int, wait: float, now: float) -> None:
        """Slow down when the host refuses in a row; pause when that is for asking too much.

        Once may mean one page: RFC 6585, 4 leaves open what is counted. A 503 with a time speaks
        of what was asked for, which may be one part of the host under maintenance.
        """
        limited = status == 429 or (status == 503 and wait > 0)
        self.in_a_row = self.in_a_row + 1 if limited else 0
        if self.is_limited:
            self.interval = min(max(self.interval, 0.05) * 2, 5.0)
            if status == 429:
                self.paused = max(self.paused, now + wait)


class _Answer(NamedTuple):
    """One response, its body read or left."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    capped: bool = False
    cookies: tuple[tuple[str, str], ...] = ()


class _Stop(Exception):
    """Ends a fetch with an error class of `verdict`."""

    def __init__(self, error: str, detail: str = "") -> None:
        super().__init__(error)
        self.error, self.detail = error, detail


class Client:
    """Fetches addresses, each once; use as `async with Client(settings) as client`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.requests = 0
        self._lanes: dict[str, Lane] = {}
        self._open = asyncio.Semaphore(self.limits.total)
        self._ends = time.monotonic() + self.limits.deadline
        self._random = random.Random()

    async def __aenter__(self) -> Self:
        # Slow name servers must not hold up the names of other hosts.
        pool = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")
        asyncio.get_running_loop().set_default_executor(pool)
        self._tls = self.settings.tls or ssl.create_default_context()
        self._names = self.settings.resolver or aiohttp.ThreadedResolver()
        self._session = self._sessions(None if self.settings.allow_private else guarded_socket)
        # A proxy may well be a private address; what it is asked for is checked by its name.
        self._through = self._sessions(None)
        return self

    def _sessions(self, sockets: SocketFactoryType | None) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0,
            ssl=self._tls,
            resolver=self._names,
            socket_factory=sockets,
            ttl_dns_cache=300,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=_HEAD_BYTES,
            max_field_size=_HEAD_BYTES,
            max_headers=_HEADERS,
        )

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._through.close()

    def _remaining(self) -> float:
        return self._ends - time.monotonic()

    async def get(self, url: str) -> Facts:
        """Follow an address to its end; ask again where that may help and there is time.

        Where a server refuses our name, a browser's is tried: what it then says is only noted.
        """
        facts = await self._patiently(url)
        if is_refusal(facts):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(self._remaining(), 0)):
                    again = await self._follow(url, as_browser=True)
                    if not again.error and again.status < 400:
                        facts = facts._replace(browser=again.status)
        return facts

    async def _patiently(self, url: str) -> Facts:
        tried = 0
        facts = Facts(url, error="deadline")
        try:
            async with asyncio.timeout(max(self._remaining(), 0)):
                while True:
                    tried += 1
                    facts = await self._follow(url)
                    if not transient(facts):
                        return facts
                    asked = retry_after(facts.header("retry-after"), clock.now())
                    policy = self.limits.retry
                    if facts.error == "timeout":  # the dearest to repeat, and *unknown* anyway
                        policy = policy._replace(tries=min(policy.tries, _TIMEOUT_TRIES))
                    jitter = self._random.random()
                    wait = next_wait(policy, tried, asked, self._remaining(), jitter)
                    if wait is None:
                        return facts
                    await asyncio.sleep(wait)
        except TimeoutError:
            return facts

    async def _follow(self, url: str, *, as_browser: bool = False) -> Facts:
        """One try: the address, its redirects, and the page at the end."""
        hops: list[Hop] = []
        cookies: dict[str, dict[str, str]] = {}
        seen: set[tuple[str, str]] = set()
        status = 0
        here = address(url)
        try:
            while True:
                if here is None:
                    raise _Stop("invalid" if not hops else "bad-redirect")
                crumbs = cookies.setdefault(here.host or "", {})
                if (state := (str(here), repr(crumbs))) in seen:
                    raise _Stop("loop")
                seen.add(state)
                if len(hops) > MAX_HOPS:
                    raise _Stop("chain")
                answer = await self._ask(here, crumbs, as_browser)
                crumbs.update(answer.cookies)
                status = answer.status
                kept = tuple((key, answer.headers.get(key, "")) for key in _KEPT)
                text, is_page = _text(answer)
                page = pages.scan(text) if is_page else None
                target = _target(here, answer, page)
                if target is None:
                    fine = status in self._lane(here).asked.accept
                    facts = Facts(url, status, tuple(hops), kept, page, answer.capped)
                    return facts._replace(accepted=fine, text=text)
                here = target
                hops.append(Hop(status if status in _REDIRECTS else 0, str(target)))
        except _Stop as stop:
            return Facts(url, status, tuple(hops), error=stop.error, detail=stop.detail)

    async def _ask(self, url: yarl.URL, cookies: Mapping[str, str], as_browser: bool) -> _Answer:
        """One request in its host's turn."""
        lane = self._lane(url)
        if self.settings.robots and not await self._allowed(lane, url):
            raise _Stop("robots")
        headers = self._headers(lane, cookies, as_browser)
        async with lane.slots:
            return await self._in_turn(lane, url, headers, self.limits.body)

    def _headers(
        self, lane: Lane, cookies: Mapping[str, str], as_browser: bool = False
    ) -> dict[str, str]:
        return {
            "User-Agent": _AS_BROWSER if as_browser else AGENT,
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
            "Accept-Encoding": "gzip, deflate",
            **({"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())} if cookies else {}),
            **lane.asked.headers,
        }

    async def _in_turn(
        self, lane: Lane, url: yarl.URL, headers: Mapping[str, str], most: int
    ) -> _Answer:
        while True:
            wait = lane.reserve(time.monotonic())
            if wait >= self._remaining():
                raise _Stop("rate-limited" if lane.is_limited else "deadline")
            await asyncio.sleep(wait)
            if lane.paused <= time.monotonic():  # else the host asked for a pause meanwhile
                break
        async with self._open:  # held for the request alone, so no host waits for another's pace
            seconds = lane.asked.timeout or self.limits.request
            try:
                answer = await self._request(url, headers, most, seconds)
            except _Stop as stop:
                if stop.error != "odd-http" or self._proxy(url):
                    raise
                answer = await self._leniently(url, headers, most, seconds)
        asked = retry_after(answer.headers.get("retry-after", ""), clock.now())
        lane.answered(answer.status, asked, time.monotonic())
        return answer

    def _lane(self, url: yarl.URL) -> Lane:
        host = url.authority
        if host not in self._lanes:
            asked = hosts.of(url.host or "", url.port, self.settings.hosts)
            slots = asyncio.Semaphore(asked.at_once or self.limits.per_host)
            self._lanes[host] = Lane(slots, asked.interval or self.limits.interval, asked)
        return self._lanes[host]

    def _proxy(self, url: yarl.URL) -> str | None:
        proxies = self.settings.proxies
        past = proxies and proxy_bypass_environment(url.authority, dict(proxies))
        return None if past else proxies.get(url.scheme)

    async def _request(
        self, url: yarl.URL, headers: Mapping[str, str], most: int, seconds: float
    ) -> _Answer:
        self.requests += 1
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=self.limits.connect)
        proxy = self._proxy(url)
        with _told_apart():
            if proxy and not self.settings.allow_private:
                check(url.host or "")
            async with (self._through if proxy else self._session).get(
                url, allow_redirects=False, timeout=timeout, headers=headers, proxy=proxy
            ) as response:
                given = tuple((morsel.key, morsel.value) for morsel in response.cookies.values())
                body, capped = b"", False
                if _is_page(response.headers) and response.status not in _REDIRECTS:
                    body, capped = await _body(_chunks(response), response.headers, most)
                # Leaving closes the connection of a body not read to its end.
                return _Answer(response.status, response.headers.copy(), body, capped, given)

    async def _leniently(
        self, url: yarl.URL, headers: Mapping[str, str], most: int, seconds: float
    ) -> _Answer:
        """An answer that the strict client could not read, asked for once more."""
        self.requests += 1
        plain = {name: value for name, value in headers.items() if name != "Accept-Encoding"}
        with _told_apart():
            async with asyncio.timeout(seconds):
                (ip, *_) = await self._addresses(url)
                if not self.settings.allow_private:
                    check(ip)
                answer = await lenient.get(url, ip, self._tls, plain, most)
        if answer is None:
            raise _Stop("bad-http")
        status, told, body = answer
        unread = status in _REDIRECTS or not _is_page(told)
        body, capped = (b"", False) if unread else await _body(_once(body), told, most)
        return _Answer(status, told, body, capped)

    async def _addresses(self, url: yarl.URL) -> list[str]:
        host = url.host or ""
        if is_ip_address(host):
            return [host]
        return [found["host"] for found in await self._names.resolve(host, url.port or 80)]

    async def _allowed(self, lane: Lane, url: yarl.URL) -> bool:
        """Whether robots.txt lets us in (RFC 9309, 2.3.1): unreachable means no, absent yes."""
        async with lane.reading_robots:
            if lane.robots is None:
                lane.robots = await self._robots(lane, url.origin() / "robots.txt")
        agent = lane.asked.headers.get("User-Agent", AGENT)
        delay = lane.robots.crawl_delay(agent)
        lane.interval = max(lane.interval, float(delay or 0))
        return lane.robots.can_fetch(agent, str(url))

    async def _robots(self, lane: Lane, url: yarl.URL) -> RobotFileParser:
        rules = RobotFileParser()
        try:
            answer = await self._in_turn(lane, url, self._headers(lane, {}), _ROBOTS_BYTES)
        except _Stop:
            answer = _Answer(500, {})
        refused = answer.status >= 500 or answer.status == 429
        text = pages.decode(answer.body) if answer.status == 200 else ""
        rules.parse(("User-agent: *\nDisallow: /" if refused else text).splitlines())
        return rules


def _target(here: yarl.URL, answer: _Answer, page: pages.Page | None) -> yarl.URL | None:
    """Where an answer sends on to; None when it is the end (RFC 9110, 10.2.2 and 15.4)."""
    if answer.status in _REDIRECTS:
        where, base = answer.headers.get("location", ""), here
        if not where:
            raise _Stop("bad-redirect", f"status {answer.status} without a Location")
    elif page and page.refresh and answer.status < 400:
        where = page.refresh
        base = here.join(yarl.URL(page.base)) if page.base else here
    else:
        return None
    try:
        there = base.join(yarl.URL(quote_bytes(where.strip())))
    except ValueError as error:
        raise _Stop("bad-redirect", f"to '{where[:200]}'") from error
    if there.scheme not in ("http", "https"):
        unfollowed = there.scheme in UNFOLLOWED
        raise _Stop("bad-redirect" if unfollowed else "app-link", f"to '{there.scheme}:'")
    target = address(str(there))
    if target is None:
        raise _Stop("bad-redirect", f"to '{where[:200]}'")
    if answer.status not in _REDIRECTS and target == here:
        return None  # a page that reloads itself
    return target


def _is_page(headers: Mapping[str, str]) -> bool:
    """Whether a body is read: a page, or untyped (RFC 9110, 8.3 lets one guess), or plain text."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in _PAGE_TYPES or kind in ("", "text/plain", _JSON)


def _text(answer: _Answer) -> tuple[str, bool]:
    """The text of a page, of JSON or of plain text, and whether it is a page; "" for all else."""
    kind, _, rest = answer.headers.get("content-type", "").lower().partition(";")
    is_page = kind.strip() in _PAGE_TYPES
    is_page |= not kind.strip() and b"<html" in answer.body[:1024].lower()
    if not is_page and kind.strip() not in (_JSON, "text/plain"):
        return "", False
    charset = rest.partition("charset=")[2].partition(";")[0]
    return pages.decode(answer.body, charset.strip()), is_page


async def _body(
    chunks: AsyncIterator[bytes], headers: Mapping[str, str], most: int
) -> tuple[bytes, bool]:
    """At most `most` bytes of a body, decompressed no further than that: a bomb stays small."""
    coding = headers.get("content-encoding", "").lower().strip()
    unpack = zlib.decompressobj(wbits=47) if coding in ("gzip", "x-gzip", "deflate") else None
    body = bytearray()
    async for chunk in chunks:
        if unpack is None:
            body += chunk
        else:
            try:
                body += unpack.decompress(chunk, most - len(body) + 1)
            except zlib.error:
                if coding != "deflate" or body:
                    raise _Stop("bad-http", "the compression is damaged") from None
                # Many servers send deflate without its zlib wrapper (RFC 9110, 8.4.1.2, note).
                unpack = zlib.decompressobj(wbits=-15)
                body += unpack.decompress(chunk, most + 1)
        if len(body) > most:
            return bytes(body[:most]), True
    if unpack is not None and body and not unpack.eof:
        raise _Stop("truncated", "the compressed body has no end")
    return bytes(body), False


async def _chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    while chunk := await response.content.read(_CHUNK):
        yield chunk


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


@contextlib.contextmanager
def _told_apart() -> Iterator[None]:
    """Turn what aiohttp raises into the error classes of `verdict`."""
    try:
        yield
    except (aiohttp.ServerTimeoutError, TimeoutError) as error:
        raise _Stop("timeout") from error
    except (ssl.SSLError, aiohttp.ClientSSLError, ssl.CertificateError) as error:
        raise _Stop("tls", _tls_reason(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise _connection(error.os_error) from error
    except aiohttp.ClientPayloadError as error:
        raise _Stop("truncated") from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise _Stop("invalid") from error
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError) as error:
        raise _Stop("network") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise _Stop("odd-http", type(error).__name__) from error
    except OSError as error:
        raise _connection(error) from error


def _tls_reason(error: BaseException) -> str:
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    return str(getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "")


def _connection(error: OSError) -> _Stop:
    if isinstance(error, Forbidden) or error.errno == Forbidden.ERRNO:
        return _Stop("private", error.strerror or "")
    if isinstance(error, socket.gaierror):
        missing = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None))
        return _Stop("dns" if missing else "dns-failing")
    return _Stop("refused" if isinstance(error, ConnectionRefusedError) else "network")
