"""The verdict on one link, from the facts of its fetch: no clock, no network.

ok: a reader gets what the link promises. broken: no reader does. unknown: this robot was not let in
or the trouble is of the passing kind; the history decides whether it has lasted too long.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from kb.data import beside
from kb_tools.web import phrases
from kb_tools.web.page import Page

Answer = Literal["ok", "broken", "unknown"]
Kind = Literal["", "permanent", "temporary"]

MAX_HOPS = 10
# RFC 9110, 15.4.2 and 15.4.9: the only redirects that ask for the link itself to be changed.
_PERMANENT = frozenset({301, 308})
# Status -> why nothing is known; what ended the fetch early -> the answer, and why in words.
_UNKNOWN: dict[int, str] = beside(__file__)["unknown"]
_ERRORS: dict[str, tuple[Answer, str]] = beside(__file__)["errors"]
UNFOLLOWED = frozenset(beside(__file__)["unfollowed"])
# These say something of the run, nothing of the link: they are not counted as failures.
NOT_ITS_FAULT = frozenset({"deadline", "robots", "offline", "crash", "odd-http"})
_TRANSIENT = frozenset({"dns-failing", "refused", "network", "timeout", "truncated"})
_HOMES = re.compile(
    r"/?(?:(?:index|default|home|main)(?:\.\w+)?/?|[a-z]{2}[-_](?:[a-z]{2}|hans|hant)/?)?",
    re.IGNORECASE,
)
_TWO_LETTERS = re.compile(r"/([a-z]{2})/?", re.IGNORECASE)
_LOGIN = re.compile(
    r"(?:^|/)(?:log[-_]?in|sign[-_]?in|sso|oauth2?|authorize|passport|auth)(?:[/.]|$)",
    re.IGNORECASE,
)
_LOGIN_HOST = re.compile(r"^(?:accounts?|login|signin|passport|auth|sso)\.", re.IGNORECASE)
_LOST_PATH = re.compile(r"(?:^|[/_-])(?:404|not[-_]?found)(?:[./]|$)", re.IGNORECASE)
_GEO_PATH = re.compile(
    r"(?:unsupported|restricted|blocked)[-_]?(?:country|region|location)", re.IGNORECASE
)
# In words, or below a word for what such pages are: `http-404`, `status/404`, not `posts/404`.
_ABOUT_ERRORS = re.compile(
    r"(?:[a-z]{2}[-_ ]|(?:status|http|error|code)s?/)404(?!\d)|(?<!\d)404[-_ ][a-z]|not[-_ ]?found",
    re.IGNORECASE,
)
# Fragments that are instructions to a script, a text search or a line number, not ids.
_NOT_AN_ID = re.compile(r"[!/:?=].*|L\d+(?:C\d+)?(?:-L?\d+(?:C\d+)?)?|.*=.*", re.DOTALL)
# Beyond this many visible characters a page is taken for a real one, whatever its title.
_SHORT, _SHELL, _NOTE = 6000, 200, 1500


class Hop(NamedTuple):
    """One redirect: its status (0: by the page's own meta refresh) and where it leads."""

    status: int
    target: str


class Facts(NamedTuple):
    """All that was learnt of an address; `error` names what ended the fetch early."""

    url: str
    status: int = 0
    hops: tuple[Hop, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    page: Page | None = None
    capped: bool = False
    error: str = ""
    detail: str = ""
    browser: int = 0  # the status that a browser's name got, where ours was refused
    accepted: bool = False  # the status is one that the user takes for fine
    text: str = ""  # of the page, for another reader in the same visit

    @property
    def final(self) -> str:
        """The address that answered in the end."""
        return self.hops[-1].target if self.hops else self.url

    def header(self, name: str) -> str:
        """The value of a response header kept by the fetch; "" when absent."""
        return dict(self.headers).get(name, "")


class Verdict(NamedTuple):
    """The judgement, its reason as a class and in words, and the redirect to `target`."""

    answer: Answer
    reason: str = ""
    detail: str = ""
    redirect: Kind = ""
    target: str = ""


def transient(facts: Facts) -> bool:
    """Whether asking again soon may give another answer (RFC 9110, 15.6; RFC 6585, 4)."""
    if facts.error:
        return facts.error in _TRANSIENT
    return facts.status in (408, 421, 425, 429) or facts.status >= 500


def is_refusal(facts: Facts) -> bool:
    """Whether the status may be one for programs alone, so that a browser's name is worth a try."""
    found = None if facts.error else _by_status(facts)
    return found is not None and found[0] == "broken" and facts.status not in (404, 410)


def judge(facts: Facts) -> Verdict:
    """The verdict on an address, its fragments left aside."""
    answer, reason, detail = (
        _by_error(facts)
        or _by_redirect(facts)
        or (_by_status(facts) or _by_page(facts) if not facts.accepted else None)
        or ("ok", "", "")
    )
    kind, target = redirect(facts.hops)
    return Verdict(answer, reason, detail, kind, target)


def redirect(hops: tuple[Hop, ...]) -> tuple[Kind, str]:
    """Whether the link should change, and to what: only the leading permanent hops say so."""
    target = ""
    for hop in hops:
        if hop.status not in _PERMANENT:
            break
        target = hop.target
    if target:
        return "permanent", target
    return ("temporary", hops[-1].target) if hops else ("", "")


_Finding = tuple[Answer, str, str] | None


def _by_error(facts: Facts) -> _Finding:
    if not facts.error:
        return None
    answer, words = _ERRORS[facts.error]
    words = words.format(most=MAX_HOPS)
    return answer, facts.error, f"{words}: {facts.detail}" if facts.detail else words


def _by_redirect(facts: Facts) -> _Finding:
    if not facts.hops:
        return None
    asked, got = urlsplit(facts.url), urlsplit(facts.final)
    if phrases.holds("parking", facts.final.partition("?")[0]):
        return "broken", "parked", f"the domain is parked at {got.hostname}"
    if _LOST_PATH.search(got.path) and not _LOST_PATH.search(asked.path):
        return "broken", "soft-404", f"leads to the error page {got.path}"
    if _GEO_PATH.search(got.path) and not _GEO_PATH.search(asked.path):
        return "unknown", "geo-blocked", f"leads to {got.path}"
    if _asks_login(got) and not _asks_login(asked):
        return "unknown", "login", f"leads to the login at {got.hostname}"
    return _home(asked, got, facts.page) if facts.status < 400 else None


def _asks_login(url: SplitResult) -> bool:
    return bool(_LOGIN.search(url.path) or _LOGIN_HOST.search(url.hostname or ""))


def _home(asked: SplitResult, got: SplitResult, page: Page | None) -> _Finding:
    """A page that leads to a front page is gone; a short link to another site's may be meant."""
    if _HOMES.fullmatch(asked.path) or _TWO_LETTERS.fullmatch(asked.path) or got.query:
        return None
    if not _HOMES.fullmatch(got.path):
        short = _TWO_LETTERS.fullmatch(got.path)
        # Two letters are the front page in a language only where the page is in that language.
        spoken = re.split("[-_]", page.language.lower()) if page else []
        if not short or not (short[1].lower() in spoken or asked.path.startswith(f"/{short[1]}/")):
            return None
    if _site(asked) == _site(got):
        return "broken", "redirect-home", "leads to the front page instead"
    if asked.path.strip("/").count("/"):
        return "unknown", "redirect-home", f"leads to the front page of {got.hostname}"
    return None


def _site(url: SplitResult) -> str:
    return (url.hostname or "").removeprefix("www.").removeprefix("m.")


def _by_status(facts: Facts) -> _Finding:
    status, page = facts.status, facts.page or Page()
    if facts.header("cf-mitigated") == "challenge" or facts.header("x-amzn-waf-action"):
        return "unknown", "bot-wall", f"the server challenges robots (status {status})"
    if status < 400:
        return None
    said = f"{page.title} {page.heading} {page.text}"
    if status in (403, 451) and phrases.holds("geo_blocked", said):
        return "unknown", "geo-blocked", "not served in this country"
    if status == 503 and (
        phrases.says("challenge", page.title) or phrases.says("challenge", page.heading)
    ):
        return "unknown", "bot-wall", "the server challenges robots (status 503)"
    if facts.browser:
        return "unknown", "browser-only", f"status {status} to programs, a page to browsers"
    if status in _UNKNOWN:
        return "unknown", _UNKNOWN[status], f"status {status}"
    if 520 <= status < 530:  # a front server's word on the server behind it
        return "unknown", "server-busy", f"status {status}"
    reason = {404: "not-found", 410: "gone"}.get(status, "client-error")
    return "broken", reason if status < 500 else "server-error", f"status {status}"


def _by_page(facts: Facts) -> _Finding:
    """A page that answers 200 and is not what was asked for."""
    page = facts.page
    if page is None:
        return None
    # A page about error pages says so in its address.
    about = _ABOUT_ERRORS.search(urlsplit(facts.url).path)
    lost = [w for w in (page.title, page.heading) if not about and phrases.says("not_found", w)]
    if page.length > _SHORT and not page.noindex and len(lost) < 2:
        return None  # around few words a menu may be long, but then both say it
    short = page.text if page.length < _NOTE else ""
    if any(
        phrases.holds("parking", address.partition("?")[0]) for address in page.embedded
    ) or phrases.holds("parked", f"{page.title} {page.heading} {short}"):
        return "broken", "parked", "the domain is parked or for sale"
    if lost:
        return "broken", "soft-404", f"the page says “{lost[0]}”"
    if removed := phrases.holds("removed", short):
        return "broken", "soft-404", f"the page says “{removed}”"
    for words in (page.title, page.heading):
        if phrases.says("challenge", words):
            return "unknown", "bot-wall", f"the page says “{words}”"
        if phrases.holds("geo_blocked", words):
            return "unknown", "geo-blocked", f"the page says “{words}”"
    return None


def is_anchor(fragment: str) -> bool:
    """Whether a fragment names an element: not the top, an app's route or a text to search for.

    HTML, 7.4.6.4 (find a potential indicated element); text fragments are cut off before that.
    """
    return fragment.lower() not in ("", "top") and not _NOT_AN_ID.fullmatch(fragment)


def missing(facts: Facts, fragments: frozenset[str]) -> frozenset[str]:
    """The fragments that no element of the page carries; only a page read to its end tells."""
    if facts.page is None or facts.capped:
        return frozenset()
    anchors = facts.page.anchors
    return frozenset(
        fragment
        for fragment in fragments
        if is_anchor(fragment)
        and not {fragment, unquote(fragment), f"user-content-{unquote(fragment)}"} & anchors
    )


def judge_fragment(verdict: Verdict, fragment: str, absent: bool, shell: bool) -> Verdict:
    """The verdict on one link: its page's, unless the page is there and the fragment is not."""
    if verdict.answer != "ok" or not absent:
        return verdict
    if shell:
        return verdict._replace(
            answer="unknown", reason="script-page", detail="the page is made by a script"
        )
    detail = f"the page has no element '{unquote(fragment)}'"
    return verdict._replace(answer="broken", reason="fragment", detail=detail)


def is_shell(facts: Facts) -> bool:
    """Whether a script makes the page, or more of it from data, so that ids cannot be known."""
    page = facts.page
    return bool(page and page.scripted and (page.length < _SHELL or page.data))
