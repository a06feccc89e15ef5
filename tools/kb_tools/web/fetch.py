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
from types import TracebackType
from typing import NamedTuple, Self
from urllib.robotparser import RobotFileParser

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver

from kb import clock
from kb.web.address import address, quote_bytes
from kb_tools.web import page as pages
from kb_tools.web.safety import Forbidden, guarded_socket
from kb_tools.web.schedule import Retry, next_wait, retry_after
from kb_tools.web.verdict import MAX_HOPS, Facts, Hop, transient

AGENT = "kb-links/1.0 (link checker; asks once for each page that the site links to)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEPT = ("content-type", "cf-mitigated", "x-amzn-waf-action", "retry-after")
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_CHUNK = 65536
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
    agent: str = AGENT
    robots: bool = False
    allow_private: bool = False
    resolver: AbstractResolver | None = None
    tls: ssl.SSLContext | None = None


@dataclass
class Lane:
    """One host's turn: so many at once, so far apart, and a pause when the host asks for one."""

    slots: asyncio.Semaphore
    interval: float
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

    def answered(self, limited: bool, wait: float, now: float) -> None:
        """Pause and slow down when the host says "too many" in a row; once may mean one page.

        RFC 6585, 4 leaves open what is counted.
        """
        self.in_a_row = self.in_a_row + 1 if limited else 0
        if self.is_limited:
            self.paused = max(self.paused, now + wait)
            self.interval = min(max(self.interval, 0.05) * 2, 5.0)


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
        connector = aiohttp.TCPConnector(
            limit=0,
            ssl=self.settings.tls or ssl.create_default_context(),
            resolver=self.settings.resolver or aiohttp.ThreadedResolver(),
            socket_factory=None if self.settings.allow_private else guarded_socket,
            ttl_dns_cache=300,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={
                "User-Agent": self.settings.agent,
                "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
                "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
                "Accept-Encoding": "gzip, deflate",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            raise_for_status=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    def _remaining(self) -> float:
        return self._ends - time.monotonic()

    async def get(self, url: str) -> Facts:
        """Follow an address to its end; ask again where that may help and there is time."""
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

    async def _follow(self, url: str) -> Facts:
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
                answer = await self._ask(here, crumbs)
                crumbs.update(answer.cookies)
                status = answer.status
                kept = tuple((key, answer.headers.get(key, "")) for key in _KEPT)
                page = _read(answer)
                target = _target(here, answer, page)
                if target is None:
                    return Facts(url, status, tuple(hops), kept, page, answer.capped)
                here = target
                hops.append(Hop(status if status in _REDIRECTS else 0, str(target)))
        except _Stop as stop:
            return Facts(url, status, tuple(hops), error=stop.error, detail=stop.detail)

    async def _ask(self, url: yarl.URL, cookies: Mapping[str, str]) -> _Answer:
        """One request in its host's turn."""
        lane = self._lane(url.host or "")
        if self.settings.robots and not await self._allowed(lane, url):
            raise _Stop("robots")
        async with lane.slots:
            return await self._in_turn(lane, url, cookies, self.limits.body)

    async def _in_turn(
        self, lane: Lane, url: yarl.URL, cookies: Mapping[str, str], most: int
    ) -> _Answer:
        while True:
            wait = lane.reserve(time.monotonic())
            if wait >= self._remaining():
                raise _Stop("rate-limited" if lane.is_limited else "deadline")
            await asyncio.sleep(wait)
            if lane.paused <= time.monotonic():  # else the host asked for a pause meanwhile
                break
        async with self._open:  # held for the request alone, so no host waits for another's pace
            answer = await self._request(url, cookies, most)
        limited = answer.status == 429 or (answer.status == 503 and "retry-after" in answer.headers)
        asked = retry_after(answer.headers.get("retry-after", ""), clock.now())
        lane.answered(limited, asked, time.monotonic())
        return answer

    def _lane(self, host: str) -> Lane:
        if host not in self._lanes:
            slots = asyncio.Semaphore(self.limits.per_host)
            self._lanes[host] = Lane(slots, self.limits.interval)
        return self._lanes[host]

    async def _request(self, url: yarl.URL, cookies: Mapping[str, str], most: int) -> _Answer:
        self.requests += 1
        limits = self.limits
        timeout = aiohttp.ClientTimeout(total=limits.request, sock_connect=limits.connect)
        crumbs = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())} if cookies else {}
        with _told_apart():
            async with self._session.get(
                url, allow_redirects=False, timeout=timeout, headers=crumbs
            ) as response:
                given = tuple((morsel.key, morsel.value) for morsel in response.cookies.values())
                body, capped = b"", False
                if _is_page(response.headers) and response.status not in _REDIRECTS:
                    body, capped = await _body(response, most)
                # Leaving closes the connection of a body not read to its end.
                return _Answer(response.status, response.headers.copy(), body, capped, given)

    async def _allowed(self, lane: Lane, url: yarl.URL) -> bool:
        """Whether robots.txt lets us in (RFC 9309, 2.3.1): unreachable means no, absent yes."""
        async with lane.reading_robots:
            if lane.robots is None:
                lane.robots = await self._robots(lane, url.origin() / "robots.txt")
        delay = lane.robots.crawl_delay(self.settings.agent)
        lane.interval = max(lane.interval, float(delay or 0))
        return lane.robots.can_fetch(self.settings.agent, str(url))

    async def _robots(self, lane: Lane, url: yarl.URL) -> RobotFileParser:
        rules = RobotFileParser()
        try:
            answer = await self._in_turn(lane, url, {}, _ROBOTS_BYTES)
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
        raise _Stop("app-link", f"to '{there.scheme}:'")
    target = address(str(there))
    if target is None:
        raise _Stop("bad-redirect", f"to '{where[:200]}'")
    if answer.status not in _REDIRECTS and target == here:
        return None  # a page that reloads itself
    return target


def _is_page(headers: Mapping[str, str]) -> bool:
    """Whether a body is read: a page, or untyped (RFC 9110, 8.3 lets one guess), or plain text."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in _PAGE_TYPES or kind in ("", "text/plain")


def _read(answer: _Answer) -> pages.Page | None:
    kind, _, rest = answer.headers.get("content-type", "").partition(";")
    is_html = kind.strip().lower() in _PAGE_TYPES
    if not is_html and (kind.strip() or b"<html" not in answer.body[:1024].lower()):
        return None
    charset = rest.lower().partition("charset=")[2].partition(";")[0]
    return pages.scan(pages.decode(answer.body, charset.strip()))


async def _body(response: aiohttp.ClientResponse, most: int) -> tuple[bytes, bool]:
    """At most `most` bytes of a body, decompressed no further than that: a bomb stays small."""
    coding = response.headers.get("content-encoding", "").lower().strip()
    unpack = zlib.decompressobj(wbits=47) if coding in ("gzip", "x-gzip", "deflate") else None
    body = bytearray()
    async for chunk in _chunks(response):
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
        raise _Stop("bad-http", type(error).__name__) from error


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
