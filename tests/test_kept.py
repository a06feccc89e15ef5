"""What a build keeps for the next: the same bytes as without, whatever was changed in between."""

from __future__ import annotations

import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from conftest import copy_project, kb, mkdocs, peak, small_project
from kb import build, files, kept, ledger
from kb import checks as every
from kb.__main__ import main
from kb.finding import Finding
from kb.ledger import EMPTY
from kb.project import Project, read
from kb.project import reader as project_reader
from kb.references import site as reading
from kb.text.page import Page
from kb.translations import checks
from kb.translations.stamps import Pair, Side

OLD = "docs/2023-07/en"


def tree(folder: Path) -> dict[str, str]:
    """Digests of the files below a folder."""
    return kept.manifest(folder)


def made(
    project: Path, out: str, config: str = "mkdocs.2023-07.yml", prefix: str = ""
) -> dict[str, str]:
    """Build an edition as it is beside others; gives its files."""
    command = [*prefix.split(), sys.executable, "-m", "mkdocs", "build", "-q", "-f", config]
    environment = {**os.environ, "KB_EDITIONS": "2026-11,2023-07", "KB_AS_OF": "2026-11-29"}
    environment |= {"PYTHONHASHSEED": "0", "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "0"}
    built = subprocess.run(
        [*command, "-d", str(project / out)],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return tree(project / out)


def edit(old: str, new: str) -> Callable[[str], str]:
    """Replace the first occurrence, which must be there."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


EDITS: dict[str, tuple[str, Callable[[str], str]]] = {
    "text": (f"{OLD}/usage.md", lambda text: text + "\nOne more sentence.\n"),
    "title": (f"{OLD}/usage.md", lambda text: re.sub(r"(?m)^title: .*", "title: Other", text)),
    "description": (
        f"{OLD}/usage.md",
        lambda text: re.sub(r"(?m)^(description: .*)", r"\1!", text),
    ),
    "id": (f"{OLD}/plus/apple.md", edit("{ #us-account }", "{ #an-account }")),
    "other edition": ("docs/2026-11/en/start/usage.md", edit("title: ", "title: New ")),
    "section": (f"{OLD}/usage.md", lambda text: text + "\n## Red green blue { #colours }\n"),
    "its like": (
        "docs/2026-11/en/start/usage.md",
        lambda text: text + "\n## Red green blue { #shades }\n",
    ),
    "words of its like": (
        "docs/2026-11/en/start/usage.md",
        edit("Red green blue", "Nothing of it"),
    ),
    "values": ("docs/2023-07/record/facts.yml", edit("amount: 19.99", "amount: 18.99")),
    "template": ("overrides/partials/turn.html", edit("kb-turn", "kb-turned")),
    "hook": ("hooks/kb/blocks.py", edit('"kb-steps"', '"kb-step"')),
    "settings": ("mkdocs.2023-07.yml", edit("Getting ChatGPT Plus", "Plus")),
}


@pytest.mark.soak
@pytest.mark.build
def test_pages_from_the_cache_are_those_made_without_whatever_changed(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    cache = project / kept.FOLDER
    first = made(project, "site")
    assert len(list(cache.glob("*/en/*"))) > 7
    assert made(project, "site") == first
    for name, (file, change) in EDITS.items():
        text = (project / file).read_text("utf-8")
        (project / file).write_text(change(text), "utf-8")
        warm = made(project, "site")
        shutil.rmtree(cache)
        cold = made(project, "site")
        assert warm == cold, name
        assert name == "hook" or cold != first, name
        first = cold


@pytest.mark.build
def test_a_page_in_the_cache_that_is_not_what_was_kept_is_made_again(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    first = made(project, "site")
    for entry in (project / kept.FOLDER).glob("*/en/*"):
        entry.write_bytes(entry.read_bytes().replace(b"ChatGPT", b"ChatGPX"))
    assert made(project, "site") == first


class Harmful:
    def __init__(self, *call: object) -> None:
        self.call = call

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        made, *given = self.call
        return made, tuple(given)


@pytest.mark.parametrize("call", [(Path.touch,), (os.mkdir,), (kept.sweep, Path())])
def test_no_code_runs_that_somebody_put_into_the_cache(
    tmp_path: Path, call: tuple[object, ...]
) -> None:
    ran = tmp_path / "ran"
    harmful = pickle.dumps(Harmful(*call, ran))
    assert kept.loads(harmful) is None
    assert not ran.exists()
    finding = Finding("docs/a.md", 1, "link-broken", "no such page")
    values = {b"a": [finding, ran, (1, "ü"), {1.5, None}, frozenset({b"b"})]}
    assert kept.loads(pickle.dumps(values)) == values
    assert kept.loads(pickle.dumps(values)[:-2]) is None
    assert kept.loads(b"") is None


@pytest.mark.build
def test_pages_made_by_several_processes_are_those_made_by_one(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    several = made(project, "site", "mkdocs.yml")
    shutil.rmtree(project / kept.FOLDER)
    assert made(project, "site", "mkdocs.yml", prefix="taskset -c 0") == several


ALL_KINDS = """
An API[^own] and ==what is marked==, ++ctrl+c++, [as defined][defined].

=== "One"

    A tab.

??? note "More"

    Details.

- [x] done

<div markdown="1">
Raw.
</div>

```text
Code.
```

[^own]: A note.

[defined]: usage.md
*[API]: What programs call.
*[the]: An article.
"""


@pytest.mark.build
def test_nothing_of_a_page_is_left_for_the_next(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    plain = made(project, "site")
    page = project / OLD / "index.md"
    page.write_text(page.read_text("utf-8") + ALL_KINDS, "utf-8")
    shutil.rmtree(project / kept.FOLDER)
    full = made(project, "site", prefix="taskset -c 0")  # one process, one after the other
    pages = {path for path in plain if path.startswith("en/") and path.endswith((".html", ".md"))}
    assert len(pages) > 20
    assert {path for path in pages if full[path] != plain[path]} == {"en/index.html", "en/index.md"}
    html = (project / "site/en/index.html").read_text("utf-8")
    assert '<abbr title="What programs call.">API</abbr>' in html
    assert 'class="footnote"' in html


@pytest.mark.build
def test_ids_in_raw_html_are_read_where_mkdocs_compares_links_with_them(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    page = project / OLD / "index.md"
    text = page.read_text("utf-8") + '\n<p id="raw">x</p>\n\n[a](#raw) [b](#lost)\n'
    page.write_text(text, "utf-8")
    config = project / "mkdocs.2023-07.yml"
    config.write_text(config.read_text("utf-8") + "validation: {links: {anchors: warn}}\n", "utf-8")
    built = mkdocs("build", "-f", config.name, "-d", str(tmp_path / "site"), cwd=project)
    warned = [line for line in built.stderr.splitlines() if "no such anchor" in line]
    assert len(warned) == 1, built.stderr
    assert "'#lost'" in warned[0]


@pytest.mark.build
def test_a_fault_in_a_page_is_told_however_it_is_made(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    for prefix in ("", "again"):
        page = project / "docs/2026-11/en/start/usage.md"
        if not prefix:
            page.write_text(page.read_text("utf-8") + "\n{% imag /x.png %}\n", "utf-8")
        built = mkdocs("build", "-q", "-d", str(tmp_path / "site"), cwd=project)
        assert built.returncode == 1
        assert f"{page.relative_to(project)}:" in built.stderr
        assert "[legacy-unknown]" in built.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one page, built."""
    root = small_project(tmp_path / "project")
    (root / "docs/ledgers/pages.yml").unlink()
    for command in (["release"], ["stamp", "2026-11", "--all", "--yes"], ["build"]):
        assert main(["--root", str(root), *command]) == 0
    return root


def again(project: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Build again; whether anything was built."""
    ran: list[object] = []
    real = build._builders
    monkeypatch.setattr(build, "_builders", lambda *given: ran.append(given) or real(*given))
    assert main(["--root", str(project), "build"]) == 0
    monkeypatch.undo()
    return bool(ran)


@pytest.mark.build
def test_a_site_of_the_same_sources_stays_and_any_other_is_built(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tree(project / "site")
    assert not again(project, monkeypatch)
    assert tree(project / "site") == first
    (project / "site/robots.txt").write_text("other", "utf-8")
    assert again(project, monkeypatch)
    assert tree(project / "site") == first
    last = project / build.RESULT
    last.write_bytes(last.read_bytes().replace(b"robots", b"rodots"))
    assert again(project, monkeypatch)
    for page in (project / "docs/2026-11").glob("*/index.md"):
        page.write_text(page.read_text("utf-8") + "\nA-Z。\n", "utf-8")
    capsys.readouterr()
    assert again(project, monkeypatch)
    told = capsys.readouterr().out
    assert "[translation-unstamped]" in told
    assert not again(project, monkeypatch)
    assert capsys.readouterr().out == told
    monkeypatch.setenv("REPO_URL", "https://example.org/repo")
    assert kb("build", cwd=project).returncode == 0
    assert "example.org" in (project / "site/index.html").read_text("utf-8") + (
        project / "site/2026-11/index.html"
    ).read_text("utf-8")


def test_what_a_build_is_made_of_changes_with_each_file_but_those_left_out(tmp_path: Path) -> None:
    for name in ("docs/a.md", "docs/b.yml", "overrides/c.html", "mkdocs.yml", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")
    whole, part = kept.made_of(tmp_path), kept.made_of(tmp_path, lambda name: name.endswith(".md"))
    (tmp_path / "README.md").write_text("y", "utf-8")
    assert kept.made_of(tmp_path) == whole
    (tmp_path / "docs/a.md").write_text("y", "utf-8")
    assert kept.made_of(tmp_path) != whole
    assert kept.made_of(tmp_path, lambda name: name.endswith(".md")) == part
    for name in ("docs/b.yml", "overrides/c.html", "mkdocs.yml"):
        (tmp_path / name).write_text("y", "utf-8")
        now = kept.made_of(tmp_path, lambda name: name.endswith(".md"))
        assert now != part
        part = now


def test_a_memo_knows_what_the_same_code_found_of_the_same_last_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def make(thing: str) -> int:
        asked.append(thing)
        return len(asked)

    def build(*things: str) -> list[int]:
        memo = kept.Memo(tmp_path / "memo")
        told = [memo.of(thing, make, thing) for thing in things]
        memo.keep()
        return told

    assert build("a", "b") == [1, 2]
    assert build("a") == [1]
    assert build("a", "b") == [1, 3], "what a build did not ask for is forgotten"
    held = (tmp_path / "memo").read_bytes()
    (tmp_path / "memo").write_bytes(held[:-1] + bytes([held[-1] ^ 1]))
    assert build("a", "b") == [4, 5], "what was not kept so is found again"
    monkeypatch.setattr(kept, "_versions", lambda: "another Python")
    assert build("a", "b") == [6, 7]
    monkeypatch.setattr(kept.pickle, "dumps", lambda _: b"cos\nsystem\n.")  # type: ignore[attr-defined]
    assert build("a", "b", "c") == [6, 7, 8]
    monkeypatch.undo()
    monkeypatch.setattr(kept, "_versions", lambda: "another Python")
    assert build("c") == [9], "what is no value is found again"
    assert build("c") == [9]
    assert kept.Memo().of("a", lambda: 8) == 8
    assert asked == [*"ab", "b", *"abab", *"cc"]


def test_what_was_read_of_a_text_is_not_read_again_and_any_other_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = small_project(tmp_path / "project")
    page, listed = project / "docs/2026-11/en/index.md", project / "docs/ledgers/words.yml"
    plain = read(project)
    asked: list[str] = []
    load, front = ledger.load, Page.read
    monkeypatch.setattr(ledger, "load", lambda *at, **how: asked.append(at[1]) or load(*at, **how))
    monkeypatch.setattr(Page, "read", lambda page: asked.append(page.path) or front(page))

    def again() -> Project:
        asked.clear()
        project_reader.cache_clear()
        return read(project, (), kept.Memo(tmp_path / "memo"))

    again()
    assert {"2026-11/en/index.md", "docs/ledgers/words.yml"} <= {*asked}
    found = again()
    assert not {*asked}.difference(("mkdocs.yml", "mkdocs.2023-07.yml"))  # these are not kept
    assert found.ledgers == plain.ledgers
    for path, known in plain.every.items():
        assert found.every[path].read() == front(known), path
    page.write_text(page.read_text("utf-8") + "\n## More { #more }\n", "utf-8")
    listed.write_text(listed.read_text("utf-8") + "\n", "utf-8")
    found = again()
    assert {path.removeprefix("docs/") for path in asked if not path.startswith("mkdocs")} == {
        "2026-11/en/index.md",
        "ledgers/words.yml",
    }
    assert found.every["2026-11/en/index.md"].headings[-1].id == "more"
    (tmp_path / "memo").write_bytes((tmp_path / "memo").read_bytes()[:-1])
    again()
    assert len(asked) > 8  # what was cut off is nothing


def test_a_memo_is_read_and_written_without_a_second_copy_of_it(tmp_path: Path) -> None:
    things = dict.fromkeys(range(4000))

    def build() -> list[bytes]:
        memo = kept.Memo(tmp_path / "memo")
        texts = [memo.of(thing, bytes, 1000) for thing in things]
        memo.keep()
        return texts

    build()
    size = (tmp_path / "memo").stat().st_size
    first = kept.Memo(tmp_path / "memo")
    for thing in things:
        first.of(thing, bytes, 1000)
    _, wrote = peak(lambda: first.of("another", bytes, 1000) and first.keep())
    assert wrote < size / 4, "what it holds is written as it lies there"
    _, read = peak(lambda: kept.Memo(tmp_path / "memo"))
    assert size < read < 2.5 * size, "the file, and what stands behind its digest"


@pytest.mark.parametrize("cut", [1, 20, 1020, 1050])
def test_of_a_memo_that_was_cut_off_what_is_whole_is_known(cut: int, tmp_path: Path) -> None:
    memo = kept.Memo(tmp_path / "memo")
    told = [memo.of(thing, lambda: b"x" * 1000) for thing in "ab"]
    memo.keep()
    held = files.recall(tmp_path / "memo") or b""
    files.remember(tmp_path / "memo", held[:-cut])
    again = kept.Memo(tmp_path / "memo")
    made = [again.of(thing, lambda: b"new") for thing in "ab"]
    assert made == [told[0], b"new"]


def test_what_a_memo_tells_of_pairs_is_what_is_found_without(tmp_path: Path) -> None:
    def told(zh: str, en: str, line: int, names: Sequence[Mapping[str, str]] = ()) -> list[str]:
        pair = Pair("en/a", "x", Side("zh", "zh.md", line, zh), Side("en", "en.md", line, en))
        memo = kept.Memo(tmp_path / "memo")
        found = checks.check_pairs(EMPTY, [pair], names, memo)
        memo.keep()
        assert found == checks.check_pairs(EMPTY, [pair], names)
        return [str(each) for each in found if each.rule == "translation-parity"]

    for line in (3, 9):  # the same text somewhere else
        (one,) = told("价格 20 美元。", "The price is 21 dollars.", line)
        assert one.startswith(f"en.md:{line}: ")
    assert told("价格 21 美元。", "The price is 21 dollars.", 9) == []
    assert told("礼品卡。", "A voucher.", 9) == []
    assert told("礼品卡。", "A voucher.", 9, [{"zh": "礼品卡", "en": "gift card"}])


def test_of_pages_that_did_not_change_nothing_is_found_anew_but_what_else_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy_project(tmp_path / "project")
    looked: list[str] = []
    real = every.texts.check
    monkeypatch.setattr(
        every.texts, "check", lambda pages: looked.append(pages[0].file) or real(pages)
    )

    def told() -> tuple[list[str], list[str]]:
        looked.clear()
        held, memo = read(project), kept.Memo(tmp_path / "memo")
        found = [str(each) for each in every.check_sources(held, held.newest.day, memo)]
        memo.keep()
        seen = looked.copy()
        assert found == [str(each) for each in every.check_sources(held, held.newest.day)]
        return found, seen

    told()
    assert told() == ([], []), "nothing changed"
    page = project / "docs/2026-11/en/faq.md"
    text = page.read_text("utf-8")
    page.write_text(text + "\n## One { #one }\n\nA speling, now 12 dollars, and [a]().\n", "utf-8")
    found, seen = told()
    assert seen == ["docs/2026-11/en/faq.md"]
    assert {"text-spelling", "fact-literal", "fact-ages"} <= {
        each.split("[")[-1].split("]")[0] for each in found
    }
    words = project / "docs/ledgers/words.yml"
    words.write_text(edit("spelling: [", "spelling: [speling, ")(words.read_text("utf-8")), "utf-8")
    found, seen = told()
    assert len(seen) > 50
    assert "'speling'" not in "".join(found)


def test_what_was_read_of_a_site_is_read_again_where_it_changed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "site"
    root.mkdir()
    pages = {
        "index.html": '<!doctype html><i id="a"></i><b id="a"></b><a href="x.html#a">x</a>',
        "x.html": '<!doctype html><html lang="en"><main><a href="lost">y</a></main>',
        "style.css": "a { background: url(lost.png) }",
    }
    for name, text in pages.items():
        (root / name).write_text(text, "utf-8")
    (root / "faulty.html").write_bytes(b"\xff\xfe\x00")
    asked: list[str] = []
    real = reading._read
    monkeypatch.setattr(reading, "_read", lambda *given: asked.append(given[1]) or real(*given))

    def read() -> reading.Site:
        memo = kept.Memo(tmp_path / "memo")
        found = reading.read_site(root, memo=memo)
        memo.keep()
        return found

    first = read()
    assert first.pages["index.html"].duplicates[0].id == "a"
    assert sorted(asked) == ["faulty.html", "index.html", "style.css", "x.html"]
    asked.clear()
    assert read() == first
    assert asked == []
    (root / "x.html").write_text(pages["x.html"].replace("lost", "index.html"), "utf-8")
    other = read()
    assert asked == ["x.html"]
    assert other == reading.read_site(root)
    assert other != first
