"""`mkdocs serve` makes what a save touched: no less than a full build would, and no more."""

from __future__ import annotations

import difflib
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from conftest import AS_OF, copy_project
from editing import Editor

pytestmark = pytest.mark.build
HERE = "docs/2026-11"
ENVIRONMENT = {**os.environ, "KB_AS_OF": AS_OF, "NO_MKDOCS_2_WARNING": "1"}


def start(project: Path) -> Editor:
    """Serve a project, of today as the tests are."""
    return Editor(project, **ENVIRONMENT)


# ---- 60 edits of all kinds


def add_picture(root: Path) -> None:
    """Show a picture on a page of both languages."""
    for locale in ("zh", "en"):
        file = root / HERE / locale / "images/app.png"
        file.parent.mkdir(exist_ok=True)
        Image.new("RGB", (300, 200), (200, 9, 9)).save(file)
        page = root / HERE / locale / "start/plans.md"
        page.write_text(page.read_text("utf-8") + "\n![](../images/app.png)\n", "utf-8")
    ledger = root / "docs/ledgers/screenshots.yml"
    entry = """\
- path: 2026-11/{locale}/images/app.png
  kind: capture
  of: an app
  captured: 2026-11-01
  ttl_days: 300
  alt: {zh: 应用里的订阅按钮, en: The subscribe button of the app}
  caption: {zh: 应用, en: The app}
"""
    ledger.write_text(ledger.read_text("utf-8").replace("[]\n", entry), "utf-8")


class Edits:
    """Random edits of a project; each gives what it was, for whoever reads of a difference."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.random = root, random.Random(seed)
        self.undo: list[Callable[[], None]] = []
        self.number = 0

    def __call__(self) -> str:
        self.number += 1
        if self.undo and self.random.random() < 0.3:
            self.undo.pop()()
            return "undo"
        kinds = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("edit_")]
        kind = self.random.choice(kinds)
        return f"{kind.__name__}: {kind()}"

    def _page(self) -> Path:
        pages = sorted((self.root / HERE).glob("[ze][hn]/**/*.md"))
        return self.random.choice([page for page in pages if page.name != "index.md"])

    def _change(self, path: Path, change: Callable[[str], str]) -> str:
        was = path.read_bytes()
        now = change(was.decode())
        assert now != was.decode(), path
        path.write_text(now, "utf-8")
        self.undo.append(lambda: self._restore(path, was))
        return str(path.relative_to(self.root))

    def _restore(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def edit_text(self) -> str:
        """A paragraph more."""
        return self._change(
            self._page(), lambda text: f"{text.rstrip()}\n\n第 {self.number} 句 and *more*.\n"
        )

    def edit_link(self) -> str:
        """A link to the other language, in another language than the text."""
        to = "../../zh/index.md" if self.number % 2 else "../../en/index.md"
        return self._change(self._page(), lambda text: f"{text.rstrip()}\n\n[x]({to}) {to}.\n")

    def edit_fact(self) -> str:
        """A page that mentions one fact more."""
        return self._change(self._page(), lambda text: f"{text.rstrip()}\n\n[[plus-price]]\n")

    def edit_title(self) -> str:
        """A title that navigation and neighbours show."""
        return self._change(
            self._page(),
            lambda text: re.sub(r"(?m)^title: .*", f"title: New {self.number}", text, count=1),
        )

    def edit_description(self) -> str:
        """A description that the section's page shows."""
        return self._change(
            self._page(),
            lambda text: re.sub(
                r"(?m)^description: .*", f"description: New {self.number}.", text, count=1
            ),
        )

    def edit_checked(self) -> str:
        """A day that is no later than today."""
        return self._change(
            self._page(),
            lambda text: re.sub(
                r"(?m)^checked: .*",
                f"checked: 2026-10-{self.number % 28 + 1:02}",
                text,
            ),
        )

    def edit_heading(self) -> str:
        """A section more, its id in one language alone."""
        return self._change(
            self._page(), lambda text: f"{text}\n## H {self.number} {{ #h-{self.number} }}\n\nT.\n"
        )

    def _ledger(self, name: str, pattern: str, new: str) -> str:
        path = self.root / "docs/ledgers" / name
        return self._change(path, lambda text: re.sub(pattern, new, text, count=1))

    def edit_ledger_fact(self) -> str:
        """A value that many pages show."""
        return self._ledger("facts.yml", r"amount: \d+", f"amount: {20 + self.number}")

    def edit_ledger_source(self) -> str:
        """The title of a source, which stands in the notes below a page alone."""
        return self._ledger("facts.yml", r"(title: \{zh: )", rf"\g<1>新{self.number}")

    def edit_ledger_alt(self) -> str:
        """The words for a picture."""
        return self._ledger("screenshots.yml", r"(alt: \{zh: )", rf"\g<1>第{self.number}幅")

    def edit_ledger_glossary(self) -> str:
        """What a term is explained by."""
        return self._ledger("glossary.yml", r"(zh: )", rf"\g<1>{'词' * (self.number % 3 + 1)}")

    def edit_ledger_synonyms(self) -> str:
        """What the search takes for the same."""
        return self._ledger("synonyms.yml", r"(?m)^zh:\n", f"zh:\n  - [词{self.number}, 别的词]\n")

    def edit_ledger_links(self) -> str:
        """A link that turns out to be dead."""
        path = self.root / "docs/ledgers/links.yml"
        pages = sorted((self.root / HERE).glob("zh/**/*.md"))
        urls = [
            url
            for page in pages
            for url in re.findall(r"\]\((https://[^)\s#]+)\)", page.read_text("utf-8"))
        ]
        url = self.random.choice(urls)
        entry = f"- url: '{url}'\n  expect: dead\n  reason: the host is gone\n"
        entry += "  since: 2026-11-01\n  until: 2027-01-01\n"
        return self._change(path, lambda held: f"{held.rstrip()}\n{entry}")

    def edit_picture(self) -> str:
        """Other pixels, of another size."""
        path = self.random.choice(sorted((self.root / HERE).rglob("*.png")))
        was = path.read_bytes()
        Image.new("RGB", (300 + self.number, 200), (self.number, 9, 9)).save(path)
        self.undo.append(lambda: self._restore(path, was))
        return str(path)

    def edit_template(self) -> str:
        """A part of the template of all pages."""
        return self._change(
            self.root / "overrides/partials/footer.html",
            lambda text: text.replace("<footer", f'<footer data-n="{self.number}"', 1),
        )

    def edit_style(self) -> str:
        """A part of the style: each page names it by what is in it."""
        return self._change(
            self.root / "overrides/assets/style/4-parts.css",
            lambda text: f"{text}.n{self.number} {{ color: red; }}\n",
        )

    def edit_nav(self) -> str:
        """Two pages of the navigation change places."""
        pattern = r"(      - start/choose\.md\n)(      - start/usage\.md\n)"
        other = r"(      - start/usage\.md\n)(      - start/choose\.md\n)"
        return self._change(
            self.root / "mkdocs.yml",
            lambda text: re.sub(
                pattern if re.search(pattern, text) else other, r"\g<2>\g<1>", text, count=1
            ),
        )

    def edit_config(self) -> str:
        """The site's name."""
        return self._change(
            self.root / "mkdocs.yml",
            lambda text: re.sub(r"(?m)^site_name: .*", f"site_name: N{self.number}", text, count=1),
        )

    def edit_words(self) -> str:
        """A word of the interface."""
        return self._change(
            self.root / "hooks/kb/words/zh.yml",
            lambda text: re.sub(r"(?m)^next: .*", f"next: 下{self.number}", text, count=1),
        )

    def edit_hook(self) -> str:
        """What a hook makes of a page."""
        return self._change(
            self.root / "hooks/blocks.py",
            lambda text: re.sub(
                r"return (?:\S+ \+ )?kb\.blocks\.tables",
                f'return "<!--{self.number}-->" + kb.blocks.tables',
                text,
            ),
        )

    def edit_added(self) -> str:
        """A page more, in one language."""
        locale = self.random.choice(("zh", "en"))
        path = self.root / HERE / locale / f"start/new-{self.number}.md"
        path.write_text(
            f"---\ntitle: N{self.number}\n---\n# N {{ #n }}\n\n[[plus-price]]\n", "utf-8"
        )
        self.undo.append(path.unlink)
        return str(path)

    def edit_renamed(self) -> str:
        """A page of both languages under another name."""
        name = self.random.choice(("limits", "estimate", "deprecations"))
        pages = [self.root / HERE / locale / f"api/{name}.md" for locale in ("zh", "en")]
        pages = [page for page in pages if page.exists()]
        for page in pages:
            other = page.with_name(f"other-{self.number}.md")
            page.rename(other)
            self.undo.append(lambda page=page, other=other: other.rename(page))
        return name

    def edit_broken(self) -> str:
        """A save that cannot be built, mended before anybody compares."""
        path, text = self.random.choice(
            [
                (self._page(), "汉字".encode("gbk")),
                (self._page(), b"---\ntitle: [\n---\n# x\n"),
                (self.root / "mkdocs.yml", b"nav:\n\t- x\n"),
                (self.root / "overrides/main.html", b"{% if %}"),
                (self.root / "hooks/facts.py", b"def x(:\n"),
                (self.root / "docs/ledgers/facts.yml", b"a: [\n"),
            ]
        )
        was = path.read_bytes()
        path.write_bytes(text)
        self.mend = lambda: self._restore(path, was)
        return str(path)


def check_edits(root: Path, count: int, seed: int) -> None:
    """Make edits, and compare after each tenth and after the last."""
    project = copy_project(root / "project")
    add_picture(project)
    edits = Edits(project, seed)
    editor = start(project)
    done: list[str] = []
    try:
        for number in range(1, count + 1):
            edits.mend = None
            done.append(edits())
            editor.follow()
            if edits.mend:
                edits.mend()
                editor.follow()
            if number % 10 == 0 or number == count:
                whole = start(project)
                try:
                    compare(editor, whole, done)
                finally:
                    whole.end()
    finally:
        editor.end()


def compare(editor: Editor, whole: Editor, done: list[str]) -> None:
    """The same files and findings as one who has just begun."""
    here, there = editor.tree, whole.tree
    other = sorted(path for path in here.keys() | there.keys() if here.get(path) != there.get(path))
    for path in other:
        texts = [tree.get(path, b"").decode("utf-8", "replace") for tree in (here, there)]
        difference = difflib.unified_diff(*(text.split("\n") for text in texts), n=0)
        print(path, *(line[:300] for line in [*difference][2:12]), sep="\n  ")
    assert other == [], done
    assert editor.state["findings"] == whole.state["findings"], done


def test_after_edits_of_all_kinds_the_site_is_as_a_full_build_makes_it(tmp_path: Path) -> None:
    check_edits(tmp_path, 10, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2, 3])
def test_after_sixty_edits_too(tmp_path: Path, seed: int) -> None:
    check_edits(tmp_path, 60, seed)
