"""The words that the build puts on pages: the same keys in each language, and none in the code."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
import yaml

from conftest import ROOT, called, kb, small_project
from kb import words
from kb.editions import Language

SETTINGS = (ROOT / "mkdocs.yml").read_text("utf-8")
KEYS = sorted(words.of("zh"))
# `words("key", …)` in code and templates; a part in braces stands for any.
_CALL = re.compile(r"""\b(?:words|said|text|of\([\w.]+\))\(\s*(f?)["']([\w.{}-]+)["']( ~)?""")
_SOURCES = [
    *(ROOT / "hooks").rglob("*.py"),
    *(ROOT / "tools").rglob("*.py"),
    *(ROOT / "hooks" / "kb" / "templates").rglob("*.jinja"),
    *(ROOT / "overrides").rglob("*.html"),
]
# What is no word on a page: the folder that a locale has, and a language's own name for itself.
_NO_LANGUAGE = re.compile("toLocaleString|creativecommons")  # a form of numbers, a text elsewhere
_LOCALE = re.compile(r"""(?<![\w.-])["'](?:zh|en)(?:[-_][A-Za-z]+)?["']|\blang="en"|/en/""")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the words to change."""
    held = tmp_path / "words"
    shutil.copytree(words.FOLDER, held)
    monkeypatch.setattr(words, "FOLDER", held)
    words.read.cache_clear()
    words.of.cache_clear()
    yield held
    words.read.cache_clear()
    words.of.cache_clear()


def fields(text: str) -> list[str]:
    """What stands in the braces of a word."""
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name is not None})


@pytest.mark.parametrize("locale", words.locales())
def test_each_language_has_every_word_with_the_same_places_in_it(locale: str) -> None:
    assert list(words.check(Language(locale))) == []
    held = words.of(locale)
    assert sorted(held) == KEYS
    odd = [
        key
        for key in KEYS
        if key != "facts.ages"  # a regular expression: its braces are its own
        and not key.startswith("values.date.")  # a date may do without the name of a month
        and fields(held(key)) != fields(words.of("zh")(key))
    ]
    assert odd == []
    assert len(held("values.date.months").split(" ")) == 12
    assert re.compile(held("facts.ages"))
    assert 0 < int(held("picture.alt.least")) < int(held("picture.alt.most"))


def test_the_code_asks_for_words_that_there_are_and_for_every_one_of_them() -> None:
    asked = {
        re.sub(r"\{[^{}]*\}", "*", key) + "*" * bool(more)
        for path in _SOURCES
        for _, key, more in _CALL.findall(path.read_text("utf-8"))
    }
    patterns = [re.compile(re.escape(key).replace(r"\*", r"[\w-]+")) for key in asked]
    assert len(asked) > 80
    assert [each for each in patterns if not any(map(each.fullmatch, KEYS))] == []
    text = "".join(path.read_text("utf-8") for path in _SOURCES)
    mentioned = set(re.findall(r"""["']([\w.-]+)["']""", text))  # where one of two words is asked
    footer = set(yaml.safe_load(re.search(r"footer: (.*)", SETTINGS)[1]))
    unused = [key for key in KEYS if not any(each.fullmatch(key) for each in patterns)]
    assert [key for key in unused if key not in mentioned | footer] == []


def test_an_unknown_word_is_a_bug_of_ours() -> None:
    with pytest.raises(KeyError, match="no-such-word"):
        words.of("zh")("no-such-word")


def test_a_word_without_values_keeps_its_braces_for_the_script() -> None:
    assert words.of("en")("search.many") == "{} pages found"
    assert words.of("en")("search.many", 3) == "3 pages found"


def test_no_code_names_a_language() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in [*_SOURCES, *(ROOT / "overrides" / "assets").rglob("*.js")]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if _LOCALE.search(line.partition("  #")[0]) and not _NO_LANGUAGE.search(line)
    ]
    assert named == []


def test_a_language_without_words_is_found_at_its_line() -> None:
    found = [str(each) for each in words.check(Language("xx", line=7))]
    assert len(found) == 1
    assert found[0].startswith("mkdocs.yml:7: the words of 'xx' lack archived, ")
    assert "[locale-unknown]" in found[0]


def test_one_word_too_few_is_found_and_none_is_not(folder: Path) -> None:
    path = folder / "xx.yml"
    whole = (folder / "en.yml").read_text("utf-8")
    path.write_text(whole, "utf-8")
    assert list(words.check(Language("xx"))) == []
    words.read.cache_clear()
    path.write_text(whole.replace("  enlarge: ", "  larger: "), "utf-8")
    (found,) = words.check(Language("xx", line=3))
    assert str(found).startswith("mkdocs.yml:3: the words of 'xx' lack picture.enlarge [locale-unk")


@pytest.mark.parametrize(
    ("fault", "line"),
    [(b"lang: [\n", 2), (b"lang: xx\nlang: yy\n", 2), (b"lang: xx\nskip: \xff\n", 1)],
)
def test_words_that_cannot_be_read_are_found_in_their_file(
    folder: Path, fault: bytes, line: int
) -> None:
    (folder / "xx.yml").write_bytes(fault)
    found = list(words.check(Language("xx")))
    assert [(each.path, each.line, each.rule) for each in found] == [
        ("hooks/kb/words/xx.yml", line, "locale-unknown")
    ]


def third_language(to: Path) -> Path:
    """A small project whose third language is `xx`, without words as yet."""
    home = small_project(to)
    settings = (home / "mkdocs.yml").read_text("utf-8")
    added = (
        "      - locale: xx\n        name: Dummy\n        site_name: Xsite\n      - locale: en\n"
    )
    (home / "mkdocs.yml").write_text(settings.replace("      - locale: en\n", added), "utf-8")
    docs = home / "docs" / "2026-11"
    shutil.copytree(docs / "en", docs / "xx")
    page = "---\ntitle: Xhome\ndescription: Xtext.\n---\n# Xhome { #home }\n\nXtext.\n"
    (docs / "xx" / "index.md").write_text(page, "utf-8")
    return home


def test_a_language_of_the_settings_without_words_is_told_by_the_check(tmp_path: Path) -> None:
    home = third_language(tmp_path)
    line = (home / "mkdocs.yml").read_text("utf-8").split("\n").index("      - locale: xx") + 1
    ran = called("check", cwd=home)
    assert ran.returncode == 1
    told = [found for found in ran.stdout.splitlines() if "locale-unknown" in found]
    assert len(told) == 1
    assert told[0].startswith(f"mkdocs.yml:{line}: the words of 'xx' lack archived, ")
    assert "Traceback" not in ran.stderr
    (home / "hooks/kb/words/zh.yml").unlink()  # of the originals: nothing is left to check
    ran = kb("check", cwd=home)
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)


def test_words_are_pairs_that_are_stamped(tmp_path: Path) -> None:
    home = small_project(tmp_path)
    path = home / "hooks/kb/words/en.yml"
    line = path.read_text("utf-8").split("\n").index("toc: On this page") + 1
    original = path.with_name("zh.yml").read_text("utf-8")
    path.with_name("zh.yml").write_text(original.replace("toc: 本页内容", "toc: 本页目录"), "utf-8")
    told = kb("check", cwd=home).stdout
    assert f"hooks/kb/words/en.yml:{line}: '#toc' is as it was, and hooks/kb/words/zh.yml" in told
    assert told.count("[translation-stale]") == 1
    stamped = kb("stamp", "interface", "words#toc", cwd=home)
    assert stamped.stdout == (
        "en/words#toc: changed in zh alone\nwrote hooks/kb/words/translations.lock\n"
    )
    assert "translation-stale" not in kb("check", cwd=home).stdout
    spoilt = path.read_text("utf-8").replace("Search, for instance: top up", "Search {}")
    path.write_text(spoilt, "utf-8")
    refused = kb("stamp", "interface", "words#search.placeholder", cwd=home)
    assert refused.returncode == 1
    assert "differs in placeholders: {} here, none in hooks/kb/words/zh.yml" in refused.stdout


def test_pages_for_contributors_are_pairs_without_ids(tmp_path: Path) -> None:
    home = small_project(tmp_path)
    texts = {"zh": "# 指南\n\n运行 `kb check`。\n", "en": "# Guide\n\nRun `kb check`.\n"}
    for locale, text in texts.items():
        path = home / f"docs/contributing/{locale}/guide.md"
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    told = called("check", cwd=home).stdout
    assert "docs/contributing/translations.yml:1: there is no such file [ledger-missing]" in told
    assert "heading-id" not in told
    stamped = called("stamp", "contributing", "guide", cwd=home)
    assert stamped.stdout.endswith("wrote docs/contributing/translations.yml\n")
    assert "docs/contributing" not in called("check", cwd=home).stdout
    path.write_text(texts["en"].replace("check", "build").replace("Run", "Now run"), "utf-8")
    told = called("check", cwd=home).stdout
    assert "docs/contributing/zh/guide.md:1: '#text' is as it was, and docs/contributing/en" in told
    assert "docs/contributing/en/guide.md:1: '#text' differs in code: kb build here, kb" in told


def test_words_of_another_clone_are_none_of_a_project(tmp_path: Path) -> None:
    assert words.stamped(ROOT)
    assert words.stamped(small_project(tmp_path)) is None


@pytest.mark.build
def test_a_site_in_a_third_language_speaks_it_everywhere(tmp_path: Path) -> None:
    home = third_language(tmp_path)
    held = yaml.safe_load((home / "hooks/kb/words/en.yml").read_text("utf-8"))
    held["values"]["date"]["months"] = " ".join(map(str, range(1, 13)))

    def dummy(value: object) -> object:
        if isinstance(value, dict):
            return {key: dummy(each) for key, each in value.items()}
        return value if isinstance(value, int) else f"X {value}"

    text = yaml.safe_dump(dummy(held) | {"lang": "xx", "territory": "xx_XX"}, allow_unicode=True)
    text = text.replace("months: X ", "months: ")
    (home / "hooks/kb/words/xx.yml").write_text(text, "utf-8")
    stamped = kb("stamp", "2026-11", "index", cwd=home)
    assert stamped.returncode == 0, stamped.stderr
    built = kb("build", "--site-url", "https://kb.test/repo/", cwd=home)
    assert built.returncode == 0, built.stdout + built.stderr
    page = (home / "site/2026-11/xx/index.html").read_text("utf-8")
    assert '<html lang="xx"' in page
    assert "Xhome" in page
    said = re.sub(r"<script type=.*?</script>", "", page, flags=re.DOTALL)
    said = re.sub(r'<a[^>]* (?:hreflang|data-switch)="[^>]*>.*?</a>', "", said)
    texts = re.findall(r">([^<>]*[A-Za-z\u4e00-\u9fff][^<>]*)<", said)
    labels = re.findall(r'(?:aria-label|placeholder|data-(?:copy|none|step))="([^"]*)"', said)
    own = {"2026-11", "CC BY 4.0", "Markdown"}
    told = [text.strip() for text in texts + labels if text.strip()]
    assert [text for text in told if not text.startswith("X") and text not in own] == []
    entry = (home / "site/index.html").read_text("utf-8")
    assert 'href="2026-11/xx/"' in entry
    assert "xx=2026-11/xx/" in entry
    missing = (home / "site/404.html").read_text("utf-8")
    assert "X Page not found" in missing
