"""A small project with one of everything: two languages, a fact, a picture, a dead link, a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from golden import HOOKS, write
from kb.__main__ import main

EDITION = "2026-11"
AS_OF = "2026-11-20"

CONFIG = f"""\
site_name: T
site_url: https://kb.test/
docs_dir: docs/{EDITION}
theme: {{name: null, custom_dir: theme}}
exclude_docs: |
  asked.yml
  translations.yml
nav: [index.md, plans.md, about/sources.md]
plugins:
  search: {{}}
  i18n:
    docs_structure: folder
    languages:
      - {{locale: zh, name: 中文, default: true}}
      - {{locale: en, name: English}}
markdown_extensions: [attr_list]
extra: {{edition: {EDITION}}}
hooks:
"""
SOURCES = "---\ntitle: {0}\ndescription: {1}\n---\n# {0} {{ #sources }}\n\n<!-- kb:sources -->\n"
PLANS = "---\ntitle: {0}\ndescription: {1}\n---\n# {0} {{ #plans }}\n\n{2}\n"
PAGES = {
    "zh/index.md": """\
---
title: 首页
description: 这份指南讲怎么付款。
---
# 首页 { #home }

先看[方案](plans.md#plans)，每月 [[plus-price]]。旧的[说明](https://gone.example/old)已经没有了。

![](images/screen.png)
""",
    "en/index.md": """\
---
title: Home
description: How to pay, in one guide.
---
# Home { #home }

See the [plans](plans.md#plans): [[plus-price]] a month. The old [notes](https://gone.example/old)
are no more.

![](images/screen.png)
""",
    "zh/plans.md": PLANS.format("方案", "各种方案。", "选一个。"),
    "en/plans.md": PLANS.format("Plans", "All plans.", "Pick one."),
    "zh/about/sources.md": SOURCES.format("来源", "各个数字从哪里来。"),
    "en/about/sources.md": SOURCES.format("Sources", "Where each value comes from."),
}
LEDGERS = {
    "ledgers/editions.yml": f"- name: {EDITION}\n  config: mkdocs.yml\n  aliases: [latest]\n",
    "ledgers/facts.yml": """\
topics:
  - {id: plans, title: {zh: 套餐, en: Plans}}
sources:
  help:
    kind: official
    title: {zh: 帮助中心, en: Help}
    url: https://help.example/plus
    date: 2026-11-01
facts:
  - id: plus-price
    topic: plans
    label: {zh: Plus 每月价格, en: Plus per month}
    value: {amount: 20, currency: USD}
    as_of: 2026-11-01
    ttl_days: 100
    confidence: high
    sources: [help]
""",
    "ledgers/links.yml": """\
- url: https://gone.example/old
  expect: dead
  reason: the host has given the name up
  since: 2026-10-01
  until: 2027-10-01
""",
    "ledgers/ageing.yml": "[]\n",
    "ledgers/glossary.yml": "- {term: name-apple, zh: Apple, en: Apple}\n",
    "ledgers/markup.yml": "[]\n",
    "ledgers/words.yml": "spelling: []\ntypography: []\n",
    "ledgers/pages.yml": f"{EDITION}: [about/sources, index, plans]\n",
    "ledgers/redirects.yml": f"- {{from: /old/, to: /{EDITION}/, reason: the old address}}\n",
    "ledgers/screenshots.yml": f"""\
- path: {EDITION}/{{locale}}/images/screen.png
  kind: capture
  of: the settings of an app
  captured: 2026-11-01
  ttl_days: 300
  alt: {{zh: 设置页面里的订阅按钮, en: The subscribe button among the settings}}
  caption: {{zh: 设置, en: Settings}}
""",
    "ledgers/synonyms.yml": "zh:\n  - [会员, Plus]\n",
    f"{EDITION}/zh/asked.yml": "plans:\n  plans: [选哪个]\n",
    f"{EDITION}/en/asked.yml": "plans:\n  plans: [which one]\n",
}
LOCKS = (
    "ledgers/captures.lock",
    "ledgers/translations.yml",
    f"{EDITION}/translations.yml",
)
PICTURES = {f"{EDITION}/{locale}/images/screen.png": [80, 60] for locale in ("zh", "en")}


def project(folder: Path) -> Path:
    """Write it, in order in every respect, and give its folder."""
    files: dict[str, Any] = {
        "mkdocs.yml": CONFIG + "".join(f"  - {hook}\n" for hook in HOOKS),
        "theme/main.html": '<!doctype html><html lang="{{ config.theme.locale }}">'
        "<title>{{ page.title }}</title><article>{{ page.content }}</article></html>",
        "overrides/main.html": "",
        **{f"docs/{name}": content for name, content in {**LEDGERS, **PICTURES}.items()},
        **{f"docs/{EDITION}/{name}": text for name, text in PAGES.items()},
    }
    return write(folder, files)


def settled(folder: Path) -> Path:
    """The project, stamped and recorded too: nothing is to be said of it."""
    project(folder)
    for command in (
        ["stamp", EDITION, "--all"],
        ["stamp", "ledgers", "--all"],
        ["screenshots", "--fix"],
        ["release"],
    ):
        assert main(["--root", str(folder), *command]) == 0
    return folder
