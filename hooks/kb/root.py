"""What lies at the site's root, outside every edition: entry, 404, sitemaps, redirects, …"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import jinja2

from kb import policy
from kb.editions import Editions, page_address
from kb.finding import Finding
from kb.ledger import Ledger

REDIRECTS = "redirects"


class Redirect(NamedTuple):
    """An old address and where it leads, both from the site's root with a slash in front."""

    old: str
    new: str


class Listed(NamedTuple):
    """A page of the sitemap and llms.txt; `checked` is its ISO date, `translations` its locales."""

    edition: str
    locale: str
    page: str
    checked: str
    translations: tuple[str, ...]
    title: str = ""
    description: str = ""


def redirects(ledger: Ledger) -> list[Redirect]:
    """The redirects of the ledger. Call it only when the ledger has no findings."""
    return [Redirect(item["from"], item["to"]) for item in ledger.data or ()]


def aliases(editions: Editions, pages: Mapping[str, Iterable[tuple[str, str]]]) -> list[Redirect]:
    """A redirect from each page below an alias (`/latest/…`) to the edition it stands for.

    `pages` has the (locale, page name) pairs of those editions that are built. Every host takes
    such plain files.
    """
    return [
        Redirect(f"/{alias}/{address}", f"/{edition.name}/{address}")
        for edition in editions.every
        for alias in edition.aliases
        for locale, page in pages.get(edition.name, ())
        for address in (page_address(page, locale, editions.default),)
    ]


def check_redirects(ledger: Ledger, files: Iterable[str]) -> list[Finding]:
    """Redirects that lead nowhere or would hide a page of the site; `files` are site paths."""
    findings = list(ledger.findings)
    if findings:
        return findings
    known = set(files)
    for index, item in enumerate(ledger.data or ()):
        old, new = (
            posixpath.join(item[end].partition("#")[0].lstrip("/"), "index.html")
            for end in ("from", "to")
        )
        if new not in known:
            message = f"'{item['to']}' is no page of the site"
            findings.append(
                Finding(ledger.path, ledger.line(index, "to"), "redirect-target", message)
            )
        if old in known:
            message = f"'{item['from']}' is a page of the site: the redirect would replace it"
            findings.append(
                Finding(ledger.path, ledger.line(index, "from"), "redirect-target", message)
            )
    return findings


def files(
    site_url: str,
    editions: Editions,
    moved: Iterable[Redirect],
    listed: Iterable[Listed],
    assets: str,
) -> dict[str, str]:
    """The text files of the root by their path; `site_url` and the folder `assets` end in `/`."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals["policy"] = policy.META
    base = urlsplit(site_url).path or "/"
    facts: dict[str, Any] = {
        "site_url": site_url,
        "base": base,
        "current": editions.current,
        "editions": editions.every,
        "assets": base + assets,
        "languages": editions.languages,
        "default": editions.default,
        "listed": list(listed),
        "page_address": page_address,
    }
    made = {
        name: environment.get_template(f"{name}.jinja").render(facts)
        for name in ("index.html", "404.html", "llms.txt")
    }
    redirect = environment.get_template("redirect.html.jinja")
    for old, new in moved:
        folder = old.strip("/")
        target = posixpath.relpath(new.partition("#")[0].strip("/") or ".", folder) + "/"
        fragment = new.partition("#")[1] + new.partition("#")[2]
        made[f"{folder}/index.html"] = redirect.render(
            to=target + fragment,
            assets=posixpath.relpath(assets, folder) + "/",
            canonical=site_url + new.lstrip("/"),
            locale=next(
                (held for held in editions.locales if held in new.split("/")), editions.default
            ),
        )
    made["versions.json"] = (
        json.dumps(
            [
                {"version": edition.name, "title": edition.name, "aliases": list(edition.aliases)}
                for edition in editions.every
            ],
            indent=2,
        )
        + "\n"
    )
    made["robots.txt"] = f"User-agent: *\nAllow: /\n\nSitemap: {site_url}sitemap.xml\n"
    made |= _sitemaps(site_url, facts["listed"], editions.default)
    return made


def _sitemaps(site_url: str, listed: Sequence[Listed], default: str) -> dict[str, str]:
    """One sitemap per edition and language, and their index (sitemaps.org 0.9)."""
    made: dict[str, str] = {}
    last: dict[str, str] = {}
    for edition, locale in dict.fromkeys((page.edition, page.locale) for page in listed):
        here = [page for page in listed if (page.edition, page.locale) == (edition, locale)]
        path = f"{edition}/{page_address('index', locale, default)}sitemap.xml"
        urls = "".join(_sitemap_url(site_url, page, default) for page in here)
        made[path] = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
            ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
            f"{urls}</urlset>\n"
        )
        last[path] = max(page.checked for page in here)
    index = "".join(
        f"<sitemap><loc>{escape(site_url + path)}</loc><lastmod>{day}</lastmod></sitemap>\n"
        for path, day in last.items()
    )
    made["sitemap.xml"] = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{index}</sitemapindex>\n"
    )
    return made


def _sitemap_url(site_url: str, page: Listed, default: str) -> str:
    def address(locale: str) -> str:
        return escape(f"{site_url}{page.edition}/{page_address(page.page, locale, default)}")

    alternates = "".join(
        f'<xhtml:link rel="alternate" hreflang="{locale}" href="{address(locale)}"/>'
        for locale in page.translations
        if len(page.translations) > 1
    )
    return (
        f"<url><loc>{address(page.locale)}</loc>"
        f"<lastmod>{page.checked}</lastmod>{alternates}</url>\n"
    )
