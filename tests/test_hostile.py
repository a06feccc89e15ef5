"""One hostile text in every field that takes a text: the site is the same but for its words."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser

from conftest import ROOT, SITE_URL, copy_project, kb, mkdocs, small_project
from kb import html, ledger
from kb.drawings import checks as drawings
from kb.facts.entries import say
from kb_tools import draw as drawing

HOSTILE = (
    "\"'></title></script><svg onload=alert(1)><img src=x onerror=alert(2)>[a](javascript:alert(3))"
    "{{7*7}}{%raw%}<!--]]>"
)
LOCALES = ("zh", "en")
# Texts that are never shown, since they only say which others an entry speaks of.
SELECTORS = {("markup", "allow"), ("ageing", "text")}
_RESTRICTED = {"pattern", "enum", "const", "format"}


@cache
def _schema(name: str) -> dict[str, Any]:
    held: dict[str, Any] = json.loads((ledger.SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    return held | {"title": name}


def planted(value: Any, schemas: list[Any], root: Mapping[str, Any], count: Counter[str]) -> Any:
    """A ledger with the hostile text behind every text that its schema does not restrict."""
    every = list(_alternatives(schemas, root))
    if isinstance(value, dict):
        return {
            key: item
            if (root["title"], key) in SELECTORS
            else planted(item, [_of(each, key) for each in every], root, count)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            planted(item, [each.get("items", {}) for each in every], root, count) for item in value
        ]
    free = any(each.get("type") == "string" and not _RESTRICTED & each.keys() for each in every)
    if isinstance(value, str) and free and not any(_RESTRICTED & each.keys() for each in every):
        count["texts"] += 1
        return value + HOSTILE
    return value


def _of(schema: Mapping[str, Any], key: str) -> Any:
    more = schema.get("additionalProperties")
    return schema.get("properties", {}).get(key, more if isinstance(more, dict) else {})


def _alternatives(schemas: list[Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for schema in schemas:
        yield schema
        if "$ref" in schema:
            yield from _alternatives([root["$defs"][schema["$ref"].rpartition("/")[2]]], root)
        for key in ("allOf", "anyOf", "oneOf"):
            yield from _alternatives(schema.get(key, []), root)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site of a copy of the project in which every text is hostile."""
    project = copy_project(tmp_path_factory.mktemp("hostile") / "project")
    count: Counter[str] = Counter()
    listed = (project / "docs/ledgers").glob("*.yml")
    ledgers = [(path, path.stem) for path in listed if path.stem not in ("words", "translations")]
    ledgers += [(path, "asked") for path in (project / "docs").glob("*/*/asked.yml")]
    for path, name in ledgers:
        text = path.read_text("utf-8")
        read = ledger.load(text, path.name, name).data
        data = planted(read, [_schema(name)], _schema(name), count)
        if name == "facts":  # pages may go on to put the values as they did
            for was, now in zip(read["facts"], data["facts"], strict=True):
                now["value"]["forms"] = {
                    locale: [
                        *was["value"].get("forms", {}).get(locale, ()),
                        say(was["value"], locale),
                    ]
                    for locale in ("zh", "en")
                }
        if name == "screenshots":  # alt texts have a limit
            for was, now in zip(read, data, strict=True):
                now["alt"] = {locale: f"{HOSTILE} {len(str(was))}" for locale in was["alt"]}
        if name == "glossary":  # what pages write stays as they write it
            for was, now in zip(read, data, strict=True):
                now |= {key: was[key] for key in ("zh", "en", "banned") if key in was}
        path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
        assert ledger.load(path.read_text("utf-8"), path.name, name).findings == ()
    for path in (project / "docs").glob("20*/**/*.md"):
        front, _, body = path.read_text("utf-8")[4:].partition("\n---\n")
        meta = planted(
            ledger.load(front, path.name).data,
            [_schema("front-matter")],
            _schema("front-matter"),
            count,
        )
        path.write_text(f"---\n{yaml.safe_dump(meta, allow_unicode=True)}---\n{body}", "utf-8")
    for path in project.glob("mkdocs*.yml"):
        text = re.sub(
            r"^(  - )(\S.*)(:)$",
            lambda m: f"{m[1]}{json.dumps(m[2] + HOSTILE)}{m[3]}",
            path.read_text("utf-8"),
            flags=re.M,
        )
        text = re.sub(
            r"^( *site_(?:name|description): )([^>\s].*)$",
            lambda m: m[1] + json.dumps(m[2] + HOSTILE, ensure_ascii=False),
            text,
            flags=re.M,
        )
        path.write_text(text, "utf-8")
    assert count["texts"] > 1000
    out = project.parent / "site"
    built = kb("build", "--out", str(out), "--site-url", SITE_URL, cwd=project)
    assert out.is_dir(), built.stdout + built.stderr
    return out


def _skeleton(page: Path) -> list[tuple[str, tuple[str, ...]]]:
    """The tags of a page in order, each with the names of its attributes."""
    found = html.tags(page.read_text("utf-8"))
    return [
        (tag.name, tuple(key for key, _ in tag.attrs)) for tag in found if tag.attrs is not None
    ]


def test_no_text_becomes_markup(hostile: Path, site: Path) -> None:
    """Every page has the very tags of the true site, and shows the text where it has one."""
    pages = sorted(path.relative_to(site) for path in site.rglob("*.html"))
    assert pages == sorted(path.relative_to(hostile) for path in hostile.rglob("*.html"))
    for page in pages:
        assert _skeleton(hostile / page) == _skeleton(site / page), page
    shown = "".join((hostile / page).read_text("utf-8") for page in pages)
    assert shown.count("onload=alert(1)") > 1000


def test_what_machines_read_keeps_its_form(hostile: Path, site: Path) -> None:
    names = [path.relative_to(site) for path in site.rglob("*") if path.suffix in (".xml", ".json")]
    assert {path.name for path in names} >= {
        "feed.xml",
        "sitemap.xml",
        "facts.json",
        "versions.json",
    }
    for name in names:
        both = [(folder / name).read_text("utf-8") for folder in (hostile, site)]
        if name.suffix == ".xml":
            one, other = (
                [(node.tag, sorted(node.keys())) for node in ET.fromstring(text).iter()]
                for text in both
            )
            assert one == other, name
        else:
            json.loads(both[0])


@pytest.mark.build
def test_a_heading_becomes_text_wherever_it_is_repeated(tmp_path: Path) -> None:
    """In the title, the contents and the navigation, escaped once: a page without front matter."""
    project = small_project(tmp_path / "p")
    for locale in ("zh", "en"):
        page = project / f"docs/2026-11/{locale}/index.md"
        page.write_text(
            '# A `<svg onload=x>` & "b" { #a }\n\n## `<script>` &lt;i> { #c }\n', "utf-8"
        )
    mkdocs("build", "-d", str(tmp_path / "site"), cwd=project)
    text = (tmp_path / "site/index.html").read_text("utf-8")
    assert not [tag for tag in html.tags(text) if tag.name == "i" or "onload" in str(tag)]
    assert "&amp;lt;" not in text
    assert ">A &lt;svg onload=x&gt; &amp; &#34;b&#34;</a>" in text, "in the navigation"
    assert ">&lt;script&gt; &lt;i&gt;</a>" in text, "in the contents"


def test_drawings_draw_it(tmp_path: Path) -> None:
    labelled = 0
    for source in sorted((ROOT / "docs/drawings").glob("*.yml")):
        held = ledger.load(source.read_text("utf-8"), source.name, "drawing")
        drawn, findings = drawings.load(held, ("zh", "en"))
        assert drawn, findings
        mark = "quokka" + " x" * HOSTILE.count(" ")  # a cover takes its words apart
        for locale in LOCALES:
            for shape in drawn.shapes:
                true, false = (
                    drawing.html(drawn._replace(data=_labelled(drawn.data, text)), locale, shape)
                    for text in (mark, HOSTILE)
                )
                labelled += true.count(mark)
                tags = (
                    [(t.name, [k for k, _ in t.attrs or []]) for t in html.tags(made)]
                    for made in (true, false)
                )
                assert next(tags) == next(tags), (source.name, locale, shape)
    assert labelled > 500


def _labelled(value: Any, text: str) -> Any:
    if isinstance(value, str):
        return value + text
    if isinstance(value, dict):
        plain = ("icon", "tone", "frame", "shape", "tap", "ui")
        return {k: item if k in plain else _labelled(item, text) for k, item in value.items()}
    return [_labelled(item, text) for item in value] if isinstance(value, list) else value


def test_nothing_of_it_runs(hostile: Path, serve: Callable[[Path], str], browser: Browser) -> None:
    """In a browser that knows no policy, on every page of both languages, and in the search."""
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    dialogs: list[str] = []
    page.on(
        "dialog", lambda dialog: (dialogs.append(f"{page.url}: {dialog.message}"), dialog.dismiss())
    )
    address = serve(hostile)
    for path in sorted(hostile.glob("20*/**/index.html")):
        page.goto(address + path.relative_to(hostile).as_posix(), wait_until="load")
    page.goto(address + "2026-11/en/")
    page.keyboard.press("/")
    page.locator("#kb-search input").fill("onload alert price")
    page.locator("#kb-search a:visible").first.wait_for()
    assert page.locator("#kb-search :is(svg[onload], img)").count() == 0
    assert dialogs == []
    with page.expect_event("dialog"):  # an evaluation that waits for its dialog could wait for ever
        page.evaluate("setTimeout(() => alert('heard'))")
    assert [line.rpartition(": ")[2] for line in dialogs] == ["heard"]
    context.close()
