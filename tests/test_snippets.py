"""Texts that pages include: each is read where its page is, and told of where it lies."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import small
from conftest import AS_OF, called, copy_project, mkdocs
from editing import Editor
from kb.finding import Finding, unique
from kb.project import Reader, read
from kb.references import urls
from kb.references.site import read_site
from kb.text import checks
from kb.text.page import Page
from kb_tools.serving import bar, changes
from kb_tools.web.links import collect

ZH, EN = "docs/2026-11/zh", "docs/2026-11/en"
HEAD = "---\ntitle: T\n---\n# T { #t }\n\n"
A = '--8<-- "a.md"'


def held(**snippets: str) -> dict[str, Page]:
    paths = {f"2026-11/en/snippets/{name}.md": text for name, text in snippets.items()}
    return {path: Page(path, text) for path, text in paths.items()}


def page(text: str, path: str = "2026-11/en/x.md", **snippets: str) -> Page:
    return Page(path, text).including(held(**snippets))


def told(text: str, **snippets: str) -> list[str]:
    known = held(**snippets)
    found = Page("2026-11/en/x.md", text).including(known)
    every = unique([*checks.check([found]), *checks.snippets(known.values(), [found])])
    return [f"{e.path.rpartition('/en/')[2]}:{e.line} {e.message}" for e in every]


# ---- what a page holds


def test_a_page_holds_what_it_includes_and_knows_whose_each_line_is() -> None:
    found = page(f'{HEAD}One\n\n{A}\n\nTwo\n\n--8<-- "b.md"\n', a="A\n\n[[f]]\n", b="B")
    assert found.text == f"{HEAD}One\n\nA\n\n[[f]]\n\nTwo\n\nB"
    places = [Finding(found.file, at, "link-broken", "") for at in range(1, 15)]
    rows = [(each.path.rpartition("/en/")[2], each.line) for each in places]
    assert rows == [
        *(("x.md", at) for at in range(1, 8)),
        *(("snippets/a.md", at) for at in (1, 2, 3)),
        *(("x.md", at) for at in range(9, 12)),
        ("snippets/b.md", 1),
    ]
    assert found.file == "docs/2026-11/en/x.md"


def test_a_page_without_any_is_itself() -> None:
    for text in (f"{HEAD}One\n", f"{HEAD}`{A}`\n", f"{HEAD}```\n\n{A}\n\n```\n", f"{HEAD}{A}\nx\n"):
        own = Page("2026-11/en/x.md", text)
        assert own.including(held(a="A")) is own


@pytest.mark.parametrize("before", ["\n", "  \n", "Text.\n\n"])
@pytest.mark.parametrize("after", ["", "\n", "\n\n\n", "\n \n# H\n", "\n\n<!-- x -->\n"])
def test_it_is_a_block_of_its_own(before: str, after: str) -> None:
    found = page(f"{HEAD}{before}{A} {after}", a="Said.\n")
    assert "\nSaid." in found.text
    assert "8<" not in found.text


def test_it_is_included_as_often_as_it_is_named() -> None:
    found = page(f"{HEAD}{A}\n\n{A}\n", a="Said.\n")
    assert found.text == f"{HEAD}Said.\n\nSaid."


def test_it_may_be_all_that_a_file_holds() -> None:
    assert page(f"\n{A}\n", a="Said.\n").text == "\nSaid."
    assert page(f"---\ntitle: T\n---\n\n{A}\n", a="Said.\n").text.endswith("---\n\nSaid.")


def test_windows_ends_of_lines_are_ends_of_lines() -> None:
    assert page(f"{HEAD}{A}\n".replace("\n", "\r\n"), a="A\r\nB\r\n").text == f"{HEAD}A\nB"


def test_only_its_own_language_and_edition_has_it() -> None:
    text = f"{HEAD}{A}\n"
    for path in ("2026-11/zh/x.md", "2023-07/en/x.md"):
        assert page(text, path, a="A").text == text


REFUSED = [
    '--8<-- "none.md"',
    '--8<-- "../snippets/a.md"',
    '--8<-- "./a.md"',
    '--8<-- "b/../a.md"',
    '--8<-- "/etc/passwd"',
    '--8<-- "/a.md"',
    '--8<-- "https://example.org/a.md"',
    '--8<-- "a.md:1:2"',
    '--8<-- "a.md:part"',
    '--8<-- "a"',
    "--8<-- 'a.md'",
    "--8<-- a.md",
    f"text\n{A}",
    f"{A}\ntext",
    f"- item\n\n  {A}",
    f"> {A}",
    f"- {A}",
    f"1. {A}",
    f";{A}",
    f"{A}\n\n    an indented line",
    "--8<--\na.md\n--8<--",
    '-8<- "a.md"',
]


@pytest.mark.parametrize("written", REFUSED)
def test_every_other_form_is_told_at_its_line(written: str) -> None:
    found = told(f"{HEAD}{written}\n", a="A\n")
    assert [each for each in found if each.startswith("x.md:") and "a snippet is not ren" in each]
    assert "snippets/a.md:1 no page includes it" in found


def test_what_is_lacking_is_named() -> None:
    (found,) = checks.check([page(f'{HEAD}--8<-- "more/none.md"\n')])
    assert (found.line, found.rule) == (6, "text-unsupported")
    assert "docs/2026-11/en/snippets/more/none.md" in found.hint


def test_in_code_it_is_a_sample() -> None:
    text = f"{HEAD}```text\n\n{A}\n\n```\n\n<!--\n\n{A}\n\n-->\n"
    assert page(text, a="A\n").text == text
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("A\n", ""),
        ("\n\nA\n", ""),
        ("```\nA\n```\n", ""),
        ("<div>\nA\n</div>\n", ""),
        ("A\n\n<!-- x -->\n", ""),
        ("```\nA\n", "1 a fence begins here, ends in docs/2026-11/en/x.md"),
        ("A\n\n<!-- x\n", "3 a comment begins here, ends in docs/2026-11/en/x.md"),
        ("<div>\nA\n", "1 <div> is not closed: below it Markdown may be shown as it is written"),
        ("A\n</div>\n", "2 </div> closes nothing"),
        ("", "1 does not begin with text at the margin"),
        ("\n \n", "1 does not begin with text at the margin"),
        ("    A\n", "1 does not begin with text at the margin"),
        ("---\ntitle: A\n---\nA\n", "1 does not begin with text at the margin"),
        ('A\n\n--8<-- "b.md"\n', "3 a snippet is not rendered: readers see '--8<-- \"b.md\"'"),
        (f"A\n\n{A}\n", f"3 a snippet is not rendered: readers see '{A}'"),
        ("A :smile: b\n", "1 an emoji is not rendered: readers see ':smile:'"),
    ],
)
def test_what_a_snippet_must_be(text: str, fault: str) -> None:
    found = told(f"{HEAD}{A}\n\nEnd <!-- y -->\n", a=text)
    assert found == [f"snippets/a.md:{fault}"] * bool(fault)


def test_what_a_page_begins_does_not_end_in_a_snippet() -> None:
    assert "x.md:6 a comment begins here, ends in docs/2026-11/en/snippets/a.md" in told(
        f"{HEAD}<!-- x\n\n{A}\n", a="A\n\n-->\n"
    )


def test_the_other_line_of_a_fault_has_its_file() -> None:
    (found,) = told(f"{HEAD}{A}\n", a="A\n\n# Again { #again }\n")
    assert found == ("snippets/a.md:3 a second H1 (the first: docs/2026-11/en/x.md:4): write `##`")


def test_time_is_linear_in_hostile_text() -> None:
    blank = "\n" * 200_000
    assert page(f"{HEAD}{A}{blank}x\n", a="A").text.startswith(f"{HEAD}A\n")
    assert told(f"{HEAD}" + f"\n{A}x\n" * 5_000, a="A")
    huge = "[l](x.md) word\n\n" * 20_000
    found = page(f"{HEAD}{A}\n", "2026-11/en/start/x.md", a=huge)
    assert found.text.count("[l](../snippets/x.md)") == 20_000


# ---- addresses


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("[a](../plans.md#b)", "[a](../plans.md#b)"),
        ("[a](../start/plans.md)", "[a](plans.md)"),
        ('[a](../start/plans.md#b "T")', '[a](plans.md#b "T")'),
        ("![a](x.png)", "![a](../snippets/x.png)"),
        ("[a](<../start/plans.md>)", "[a](<plans.md>)"),
        ("[a]\n\n[a]: ../start/plans.md", "[a]\n\n[a]: plans.md"),
        ("[a](../../zh/plans.md)", "[a](../../zh/plans.md)"),
        ("[a](https://example.org/../start/x.md)", "[a](https://example.org/../start/x.md)"),
        ("[a](mailto:a@example.org)", "[a](mailto:a@example.org)"),
        ("[a](#b)", "[a](#b)"),
        ("[a](/b.md)", "[a](/b.md)"),
        ("[a](b.md) `[a](b.md)`", "[a](../snippets/b.md) `[a](b.md)`"),
    ],
)
def test_addresses_are_as_from_the_snippet(written: str, seen: str) -> None:
    found = page(f"{HEAD}{A}\n", "2026-11/en/start/x.md", a=f"{written}\n")
    assert found.text == f"{HEAD}{seen}"


def test_an_address_rebased_leads_where_it_led() -> None:
    assert urls.rebased("a%20b/?q#f", "x/y", "x/z") == "../y/a%20b/?q#f"
    assert urls.rebased("./a.md", "x", "x") == "./a.md"
    assert urls.rebased("", "x", "y") == ""


# ---- in a project


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of which two pages include a text in each language."""
    folder = small.settled(tmp_path_factory.mktemp("snippets") / "project")
    for home, text in (
        (ZH, "片段：[方案](../plans.md)。\n"),
        (EN, "Shared: [plans](../plans.md).\n"),
    ):
        (folder / home / "snippets").mkdir()
        (folder / home / "snippets/a.md").write_text(text, "utf-8")
        for name in ("index", "about/sources"):
            with (folder / home / f"{name}.md").open("a", encoding="utf-8") as file:
                file.write(f"\n{A}\n")
    assert called("stamp", small.EDITION, "--all", cwd=folder).returncode == 0
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "project"))


def add(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_it_is_in_order(project: Path) -> None:
    found = called("check", cwd=project)
    assert (found.returncode, found.stdout) == (0, ""), found.stderr
    assert found.stderr.startswith("6 pages of 1 edition")


@pytest.mark.build
def test_it_is_built_into_its_pages_and_is_none(project: Path) -> None:
    for home in (ZH, EN):
        add(project / home / "snippets/a.md", "\n[x](https://moved.example/)\n")
    assert called("stamp", small.EDITION, "--all", cwd=project).returncode == 0
    built = mkdocs("build", "--strict", cwd=project)
    assert built.returncode == 0, built.stdout + built.stderr
    for path, link in {
        "index.html": '<p>片段：<a href="plans/">方案</a>。</p>',
        "about/sources/index.html": '<p>片段：<a href="../../plans/">方案</a>。</p>',
        "en/index.html": '<p>Shared: <a href="plans/">plans</a>.</p>',
        "en/about/sources/index.html": '<p>Shared: <a href="../../plans/">plans</a>.</p>',
    }.items():
        html = (project / "site" / path).read_text("utf-8")
        assert link in html, (path, html)
    assert [path for path in project.glob("site/**/*") if "snippets" in path.name] == []
    every = [*project.glob("site/**/*.xml"), *project.glob("site/**/*.json")]
    assert every
    assert not any("snippets" in path.read_text("utf-8") for path in every)
    held = read(project)
    found = collect(read_site(project / "site"), held.sources("2026-11"))
    places = {(each.source, each.source_line) for each in found if "moved.example" in each.url}
    assert places == {(f"{home}/snippets/a.md", 3) for home in (ZH, EN)}
    # What was made of it before is not taken for it.
    for home, text in ((ZH, "换了。\n"), (EN, "Changed.\n")):
        (project / home / "snippets/a.md").write_text(text, "utf-8")
    assert called("stamp", small.EDITION, "--all", cwd=project).returncode == 0
    built = mkdocs("build", "--strict", cwd=project)
    assert built.returncode == 0, built.stderr
    assert "<p>Changed.</p>" in (project / "site/en/index.html").read_text("utf-8")


@pytest.mark.parametrize("data", ["片段".encode("gbk"), b"\0", None])
def test_what_cannot_be_read_is_told_of_it_and_of_who_includes_it(
    project: Path, data: bytes | None
) -> None:
    file = project / ZH / "snippets/a.md"
    file.unlink()
    if data is None:
        file.symlink_to("/etc/hostname")
    else:
        file.write_bytes(data)
    said = called("check", cwd=project).stdout
    assert f"{ZH}/snippets/a.md:1: " in said
    for place in ("index.md:11", "about/sources.md:9"):
        assert f"{ZH}/{place}:1: a snippet is not rendered" in said


def test_a_fault_in_it_is_told_once(project: Path) -> None:
    add(project / EN / "snippets/a.md", "\nIt costs $99 :smile: [x](nowhere.md)\n")
    said = called("check", cwd=project).stdout
    rows = [row for row in said.split("\n") if "snippets/a.md:3" in row]
    assert len(set(rows)) == len(rows) == 3, rows
    for words in ("an emoji", "'$99' is typed here", "link 'nowhere.md' leads nowhere"):
        assert words in said


@pytest.mark.build
def test_a_fault_of_its_built_page_is_told_in_its_words(project: Path) -> None:
    for home in (ZH, EN):
        add(
            project / home / "snippets/a.md", "\n[x](plan.md), [y](../plans.md#none)\n\n{% zap %}\n"
        )
    assert called("stamp", small.EDITION, "--all", cwd=project).returncode == 0
    said = mkdocs("build", cwd=project).stderr.split("\n")
    at = f"{EN}/snippets/a.md:3"
    assert sum("leads nowhere" in row and at in row for row in said) == 1, said
    assert any(f"{at}:1: link 'plan.md' leads nowhere" in row for row in said)
    assert any("'../plans.md#none' leads to no id 'none'" in row and at in row for row in said)
    assert "  → nearest: ../plans.md" in said
    assert any(f" {EN}/snippets/a.md:5" in row and "zap" in row for row in said), said


def test_its_picture_lies_as_seen_from_it(project: Path) -> None:
    for home in (ZH, EN):
        add(project / home / "snippets/a.md", "\n![](../images/screen.png)\n")
    assert called("stamp", small.EDITION, "--all", cwd=project).returncode == 0
    assert "image" not in called("check", cwd=project).stdout
    for home in (ZH, EN):
        add(project / home / "snippets/a.md", "\n![](images/screen.png)\n")
    said = called("check", cwd=project).stdout
    assert f"{EN}/snippets/a.md:5: picture 'images/screen.png' does not exist" in said
    assert said.count("does not exist") == 2


def test_its_change_makes_the_translations_of_its_pages_stale(project: Path) -> None:
    add(project / ZH / "snippets/a.md", "\n多了一句。\n")
    said = called("check", cwd=project).stdout
    for name, id_ in (("index.md:5", "home"), ("about/sources.md:5", "sources")):
        message = f"{EN}/{name}: '#{id_}' is as it was, and {ZH}/{name} has changed"
        assert f"{message} [translation-stale]" in said
    add(project / EN / "snippets/a.md", "\nOne sentence more.\n")
    said = called("check", cwd=project).stdout
    assert said.count("[translation-unstamped]") == 2
    assert called("stamp", small.EDITION, "--all", cwd=project).returncode == 0
    assert called("check", cwd=project).stdout == ""


def test_in_one_language_alone_it_is_a_matter_of_the_pages(project: Path) -> None:
    (project / EN / "snippets/a.md").unlink()
    said = called("check", cwd=project).stdout
    assert f"{EN}/snippets/a.md" in said
    assert said.count("[translation-stale]") == 2
    for name in ("index", "about/sources"):
        file = project / EN / f"{name}.md"
        file.write_text(file.read_text("utf-8").replace(A, "Shared: [plans](PATH)."), "utf-8")
    for name, path in (("index", "plans.md"), ("about/sources", "../plans.md")):
        file = project / EN / f"{name}.md"
        file.write_text(file.read_text("utf-8").replace("PATH", path), "utf-8")
    assert "translation" not in called("check", cwd=project).stdout


def test_a_section_of_it_is_told_at_its_line(project: Path) -> None:
    add(project / ZH / "snippets/a.md", "\n## 更多 { #more }\n\n字。\n")
    said = called("check", cwd=project).stdout
    assert f"in {ZH}/snippets/a.md:3 ## #more [translation-sections]" in said


def test_a_page_that_includes_the_same_is_the_same_value(project: Path) -> None:
    reader = Reader(project)
    first, again = reader.read(), reader.read()
    assert all(again.pages[path] is page for path, page in first.pages.items())
    (project / ZH / "snippets/a.md").write_text("别的话。\n", "utf-8")
    changed = reader.read()
    touched = {path for path, page in changed.pages.items() if first.pages[path] is not page}
    assert touched == {"2026-11/zh/index.md", "2026-11/zh/about/sources.md"}
    assert not any("snippets" in name for name in changed.listed["2026-11"])


# ---- what is written back


def test_its_typography_is_mended_in_its_file(project: Path) -> None:
    add(project / ZH / "snippets/a.md", "\n用Visa卡付款\n")
    add(project / ZH / "index.md", "\n用Visa卡订阅\n")
    said = called("check", "--fix", cwd=project)
    text = (project / ZH / "snippets/a.md").read_text("utf-8")
    assert text.endswith("\n用 Visa 卡付款\n"), said
    text = (project / ZH / "index.md").read_text("utf-8")
    assert text.endswith(f"{A}\n\n用 Visa 卡订阅\n")


def test_a_page_that_moves_is_found_from_it(project: Path) -> None:
    before = (project / EN / "about/sources.md").read_text("utf-8")
    moved = called("page", "mv", small.EDITION, "plans", "start/prices", cwd=project)
    assert moved.returncode == 0, moved.stderr
    text = (project / EN / "snippets/a.md").read_text("utf-8")
    assert text == "Shared: [plans](../start/prices.md).\n"
    assert (project / EN / "about/sources.md").read_text("utf-8") == before
    said = called("check", cwd=project).stdout
    assert "translation" not in said
    assert "link" not in said


def test_a_page_that_includes_it_moves_with_its_line_alone(project: Path) -> None:
    before = (project / EN / "snippets/a.md").read_text("utf-8")
    moved = called("page", "mv", small.EDITION, "about/sources", "sources", cwd=project)
    assert moved.returncode == 0, moved.stderr
    assert (project / EN / "snippets/a.md").read_text("utf-8") == before
    assert (project / EN / "sources.md").read_text("utf-8").endswith(f"\n{A}\n")
    assert "translation" not in called("check", cwd=project).stdout


def test_with_its_last_page_it_is_told(project: Path) -> None:
    for name in ("index", "about/sources"):
        for home in (ZH, EN):
            file = project / home / f"{name}.md"
            file.write_text(file.read_text("utf-8").replace(f"\n{A}\n", ""), "utf-8")
    said = called("check", cwd=project).stdout
    assert said.count("no page includes it [text-snippet]") == 2


def test_no_page_is_begun_among_them(project: Path) -> None:
    said = called("page", "new", small.EDITION, "snippets/b", "--after", "plans", cwd=project)
    assert said.returncode == 2
    assert "'snippets/b' is no name of a page" in said.stderr


# ---- while somebody edits


def test_the_bar_tells_of_it_as_of_the_page() -> None:
    found = Finding(f"{ZH}/snippets/a.md", 3, "text-snippet", "x")
    told = bar.told([found], [f"{ZH}/index.md", found.path], "en")
    assert told["findings"][0]["own"]
    assert not bar.told([found], [f"{ZH}/index.md"], "en")["findings"][0]["own"]


def test_one_that_cannot_be_read_leaves_its_pages_as_they_were(project: Path) -> None:
    reader = Reader(project)
    before = reader.read()
    (project / ZH / "snippets/a.md").write_bytes("片段".encode("gbk"))
    after = changes.lasting(before, reader.read())
    for name in ("index", "about/sources"):
        path = f"2026-11/zh/{name}.md"
        assert after.pages[path] is before.pages[path]
    assert changes.plan(before, after, [f"{ZH}/snippets/a.md"], [], set()) == changes.Plan()


def test_a_page_that_names_it_no_longer_does_not_wait_for_it(project: Path) -> None:
    reader = Reader(project)
    before = reader.read()
    (project / ZH / "snippets/a.md").unlink()
    after = changes.lasting(before, reader.read())
    path = "2026-11/zh/index.md"
    assert after.pages[path] is before.pages[path]
    file = project / ZH / "index.md"
    file.write_text(file.read_text("utf-8").replace(f"\n{A}\n", f"\n`{A}`\n"), "utf-8")
    after = changes.lasting(before, reader.read())
    assert after.pages[path].text.endswith(f"`{A}`\n")


@pytest.mark.build
def test_a_save_of_it_rebuilds_its_pages_and_a_broken_one_none(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "p")
    for home in (ZH, EN):
        (project / home / "snippets").mkdir()
        (project / home / "snippets/a.md").write_text("Words.\n", "utf-8")
        for name in ("faq", "start/plans"):
            add(project / home / f"{name}.md", f"\n{A}\n")
    editor = Editor(project, **{**os.environ, "KB_AS_OF": AS_OF, "NO_MKDOCS_2_WARNING": "1"})
    snippet = project / ZH / "snippets/a.md"
    try:
        assert b"<p>Words.</p>" in editor.tree["faq/index.html"]
        assert not any(path.startswith("snippets/") for path in editor.tree)
        snippet.write_text("又改了。\n", "utf-8")
        made = editor.follow()["made"]
        assert [each for each in made if each.startswith("zh/")] == [
            "zh/zh/faq.md",
            "zh/zh/start/plans.md",
        ]
        for path in ("faq/index.html", "start/plans/index.html"):
            assert "<p>又改了。</p>".encode() in editor.tree[path]
        snippet.write_bytes("片段".encode("gbk"))
        state = editor.follow()
        assert state["made"] == []
        assert "<p>又改了。</p>".encode() in editor.tree["faq/index.html"]
        told = [each for each in state["findings"] if "file-unreadable" in each]
        assert [each.partition(": ")[0] for each in told] == [f"{ZH}/snippets/a.md:1"]
        snippet.write_text("好了。\n", "utf-8")
        editor.follow()
        assert "<p>好了。</p>".encode() in editor.tree["faq/index.html"]
    finally:
        editor.end()
