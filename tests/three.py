"""A project of three editions in two languages: a rename, a split, a merge and a deletion."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from conftest import small_project
from kb import words

OLD, MIDDLE, NEW = "2021-01", "2022-01", "2023-01"

# page -> section ids; the page's own heading has the page's last name.
PAGES = {
    OLD: {
        "index": [],
        "plans": ["price", "pro", "refund"],
        "cards": ["good", "bad"],
        "usage": ["web", "trick"],
        "gone": ["story"],
    },
    MIDDLE: {
        "index": [],
        "start/plans": ["price", "refunds"],
        "start/pro": ["who"],
        "usage": ["web", "bad-cards", "good"],
    },
    NEW: {
        "index": [],
        "prices": ["price", "refunds"],
        "start/pro": ["who"],
        "usage": ["web", "bad-cards"],
    },
}
TITLES = {
    "refund": ("退款的规则", "Rules of refunds"),
    "refunds": ("退款的规则和期限", "Rules and dates of refunds"),
}
EDITIONS = f"""\
- name: {NEW}
  config: mkdocs.yml
  aliases: [latest]
- name: {MIDDLE}
  config: mkdocs.{MIDDLE}.yml
  successors:
    start/plans: prices
    usage#good: []
- name: {OLD}
  config: mkdocs.{OLD}.yml
  successors:
    plans: start/plans
    plans#pro: start/pro
    cards: usage
    cards#bad: usage#bad-cards
    usage#trick: []
    gone: []
    gone#story: []
"""
RELEASED = f"""\
{NEW}: [index, prices, start/pro, usage]
{MIDDLE}: [index, start/plans, start/pro, usage]
{OLD}: [cards, gone, index, plans, usage]
latest: [index, prices, start/plans, start/pro, usage]
feeds: [feed.xml, en/feed.xml, {MIDDLE}/feed.xml, {MIDDLE}/en/feed.xml]
"""


FACTS = """\
topics:
- id: money
  title: {zh: 钱, en: Money}
sources:
  pricing:
    kind: official
    title: {zh: 价目页, en: Price page}
    url: https://example.org/prices
    date: 2023-01-10
facts:
- id: plus
  topic: money
  label: {zh: 月费, en: Monthly price}
  value: {amount: 20, currency: USD}
  as_of: 2023-01-10
  ttl_days: 365
  confidence: high
  sources: [pricing]
"""
EMPTY = ("ageing", "links", "markup", "redirects", "screenshots")


def text(page: str, sections: list[str], locale: str, edition: str) -> str:
    """A page: every section is long enough that a browser has to scroll to it."""
    at = locale == "en"
    name = page.split("/")[-1]
    lines = [
        "---",
        f"title: {name} {locale}",
        f"description: {name} {locale} {edition}",
        f"checked: {edition}-15",
        "---",
        f"# {name} {{ #{name}-page }}",
        "",
        f"{'Of' if at else '属于'} {edition}.",
    ]
    lines += ["", f"{'It costs' if at else '价格是'} [[plus]]."] * (name in ("plans", "prices"))
    for id_ in sections:
        title = TITLES.get(id_, (f"{id_} 一段", f"On {id_}"))[at]
        lines += ["", f"## {title} {{ #{id_} }}", "", *(["…", ""] * 40)]
    return "\n".join([*lines, ""])


def three_editions(to: Path) -> Path:
    """Make the project in a folder."""
    root = small_project(to)
    shutil.rmtree(root / "docs")
    for edition, pages in PAGES.items():
        for locale in ("zh", "en"):
            for page, sections in pages.items():
                path = root / "docs" / edition / locale / f"{page}.md"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text(page, sections, locale, edition), "utf-8")
        nav = "nav:\n" + "".join(f"  - {page}.md\n" for page in pages)
        config = root / ("mkdocs.yml" if edition == NEW else f"mkdocs.{edition}.yml")
        if edition == NEW:
            held = re.sub(r"^nav:\n(?:  .*\n)+", nav, config.read_text("utf-8"), flags=re.M)
            held = re.sub(r"docs/2026-11", f"docs/{NEW}", held)
            config.write_text(held.replace("edition: 2026-11", f"edition: {NEW}"), "utf-8")
        else:
            extra = f"extra: {{edition: {edition}, archived: true}}\n"
            head = f"INHERIT: mkdocs.yml\ndocs_dir: docs/{edition}\n"
            config.write_text(head + nav + extra, "utf-8")
    made = {f"ledgers/{name}": "[]\n" for name in EMPTY}
    made |= {"ledgers/editions": EDITIONS, "ledgers/pages": RELEASED, "ledgers/facts": FACTS}
    made |= {"ledgers/glossary": "[]\n", "ledgers/translations": "{}\n"}
    made |= {"ledgers/words": "{spelling: [], typography: []}\n"}
    made |= {"ledgers/synonyms": "zh:\n- [价格, 多少钱]\nen:\n- [price, cost]\n"}
    for edition in PAGES:
        made |= {f"{edition}/{name}": "{}\n" for name in ("translations", "zh/asked", "en/asked")}
    for edition in (OLD, MIDDLE):
        shared = ("facts", "synonyms", "screenshots")
        made |= {f"{edition}/record/{name}": made[f"ledgers/{name}"] for name in shared}
        made[f"{edition}/record/interface"] = words.text()
    for name, held in made.items():
        (root / "docs" / name).with_suffix(".yml").parent.mkdir(exist_ok=True)
        (root / "docs" / f"{name}.yml").write_text(held, "utf-8")
    return root
