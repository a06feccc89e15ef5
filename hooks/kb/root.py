"""What lies at the site's root, outside every edition: entry, 404, sitemaps, redirects, …"""

import json
import posixpath
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from kb import policy, rules, words
from kb.editions import Editions, page_address
from kb.finding import Finding
from kb.ledger import Ledger
from kb.render import render
from kb.successors import Successors

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


def aliases(editions: Editions, released: Ledger, ways: Successors) -> list[Redirect]:
    """A redirect from each page below an alias (`/latest/…`) to the edition it stands for.

    Pages that were found there once lead to their successors, and a language to its newest
    home. Every host takes such plain files.
    """
    homes = {each: page_address("index", each, editions.default) for each in editions.locales}
    found = [Redirect(f"/{each}/", f"/{editions.current}/{homes[each]}") for each in homes]
    for edition in editions.every:
        for alias in edition.aliases:
            known = (released.sound or {}).get(alias, ())
            for page in dict.fromkeys((*ways.outlines.get(edition.name, ()), *known)):
                to = ways.newest(page, edition.name)
                for locale in editions.locales if to else ():
                    names = (page, to.page if to else "")
                    old, new = (page_address(name, locale, editions.default) for name in names)
                    found.append(Redirect(f"/{alias}/{old}", f"/{edition.name}/{new}"))
    return found


def check_redirects(ledger: Ledger, files: Iterable[str]) -> Iterator[Finding]:
    """Redirects that lead nowhere or would hide a page of the site; `files` are site paths."""
    known = set(files)
    for index, item in enumerate(ledger.sound or ()):
        old, new = (
            posixpath.join(item[end].partition("#")[0].lstrip("/"), "index.html")
            for end in ("from", "to")
        )
        if new not in known:
            message = f"'{item['to']}' is no page of the site"
            yield ledger.finding("redirect-target", message, index, "to")
        if old in known:
            message = f"'{item['from']}' is a page of the site: the redirect would replace it"
            yield ledger.finding("redirect-target", message, index, "from")


def files(
    site_url: str,
    editions: Editions,
    moved: Iterable[Redirect],
    listed: Iterable[Listed],
    assets: str,
) -> dict[str, str]:
    """The text files of the root by their path; `site_url` and the folder `assets` end in `/`."""
    base = urlsplit(site_url).path or "/"
    pages = list(listed)
    languages = [
        {
            **language._asdict(),
            "words": words.of(language.locale),
            "home": page_address("index", language.locale, editions.default),
        }
        for language in editions.languages
    ]
    facts: dict[str, Any] = {
        "site_url": site_url,
        "base": base,
        "current": editions.current,
        "editions": editions.every,
        "assets": base + assets,
        "languages": languages,
        "default": editions.default,
        "listed": pages,
        "page_address": page_address,
        "policy": policy.META,
    }
    made = {name: render(name, **facts) for name in ("index.html", "404.html", "llms.txt")}
    made["rules/index.html"] = render("rules.html", **facts, rules=rules.RULES)
    for name, rule in rules.RULES.items():
        told = {"name": name, "rule": rule, "language": rules.LANGUAGE}
        made[f"{rules.page(name)}index.html"] = render("rule.html", **facts, **told)
    for old, new in moved:
        folder = old.strip("/")
        path, mark, fragment = new.partition("#")
        made[f"{folder}/index.html"] = render(
            "redirect.html",
            languages=languages,
            to=posixpath.relpath(path.strip("/") or ".", folder) + "/" + mark + fragment,
            assets=posixpath.relpath(assets, folder) + "/",
            canonical=site_url + new.lstrip("/"),
            locale=next(
                (held for held in editions.locales if held in new.split("/")), editions.default
            ),
            policy=policy.META,
        )
    versions = [
        {"version": edition.name, "title": edition.name, "aliases": list(edition.aliases)}
        for edition in editions.every
    ]
    made["versions.json"] = json.dumps(versions, indent=2) + "\n"
    made["robots.txt"] = f"User-agent: *\nAllow: /\n\nSitemap: {site_url}sitemap.xml\n"
    sitemaps: dict[str, list[Listed]] = {}
    for page in pages:
        home = page_address("index", page.locale, editions.default)
        sitemaps.setdefault(f"{page.edition}/{home}sitemap.xml", []).append(page)
    made |= {path: render("sitemap.xml", **facts, pages=of) for path, of in sitemaps.items()}
    made["sitemap.xml"] = render("sitemaps.xml", site_url=site_url, sitemaps=sitemaps)
    return made
