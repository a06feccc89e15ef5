"""What a save touches, where an exception is to be mended, what the bar says: pure functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest
import yaml

from conftest import small_project
from kb.finding import Finding, InputError
from kb.project import Project, Reader
from kb_tools.serving import bar, changes, faults
from kb_tools.serving.changes import Plan

ZH, EN = "2026-11/zh/index.md", "2026-11/en/index.md"


class Saved:
    """A project that is being edited, read anew by `plan`."""

    def __init__(self, root: Path) -> None:
        self.root = small_project(root)
        self.write("docs/2026-11/zh/sheet.css", "p { color: red; }")
        self._reader = Reader(self.root)
        self.before = self._reader.read(["2026-11"])

    def write(self, path: str, text: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def after(self) -> Project:
        return changes.lasting(self.before, self._reader.read(["2026-11"]))

    def plan(self, *paths: str) -> Plan:
        gone = [path for path in paths if not (self.root / path).exists()]
        saved = [path for path in paths if path not in gone]
        return changes.plan(self.before, self.after(), saved, gone, {"2026-11/zh/sheet.css"})


@pytest.fixture
def project(tmp_path: Path) -> Saved:
    return Saved(tmp_path / "p")


def test_nothing_saved_touches_nothing(project: Saved) -> None:
    assert project.plan() == Plan()


def test_a_page_touches_itself_and_its_translation(project: Saved) -> None:
    project.write(f"docs/{ZH}", "---\ntitle: x\n---\n# x { #home }\n")
    assert project.plan(f"docs/{ZH}") == Plan(pages=frozenset((ZH, EN)))
    # Also where no event told of it.
    assert project.plan() == Plan(pages=frozenset((ZH, EN)))


@pytest.mark.parametrize("text", ["汉".encode("gbk"), b"---\ntitle: [\n---\n# x\n", b"\0"])
def test_a_page_that_cannot_be_read_stays_what_it_was(project: Saved, text: bytes) -> None:
    project.write(f"docs/{ZH}", text)
    assert project.plan(f"docs/{ZH}") == Plan()
    assert project.after().pages[ZH] is project.before.pages[ZH]


@pytest.mark.parametrize(
    ("path", "text", "touched"),
    [
        ("docs/ledgers/facts.yml", None, Plan(every=True)),
        ("docs/ledgers/links.yml", None, Plan(every=True)),
        ("docs/2026-11/translations.yml", None, Plan(every=True)),
        ("docs/ledgers/synonyms.yml", None, Plan()),  # the search index follows behind anyway
        ("docs/2026-11/zh/asked.yml", None, Plan()),
        ("docs/ledgers/editions.yml", None, Plan(whole=True, every=True)),
        ("docs/ledgers/facts.yml", "a: [", Plan()),  # what it was when it could be read counts
        ("docs/drawings/notes.txt", "x", Plan()),
        ("docs/2026-11/zh/sheet.css", "p {}", Plan(files=frozenset({"2026-11/zh/sheet.css"}))),
        ("overrides/partials/nav.html", "x", Plan(theme=True)),
        ("overrides/assets/style/1-base.css", "x", Plan(theme=True)),
        ("overrides/404.html", "x", Plan(whole=True, theme=True)),
        ("hooks/facts.py", "x", Plan(code=True, whole=True)),
        ("hooks/kb/words/zh.yml", "x", Plan(code=True, whole=True)),
        ("mkdocs.2023-07.yml", "x: 1", Plan(whole=True, theme=True)),
    ],
)
def test_each_kind_of_file_touches_what_is_made_of_it(
    project: Saved, path: str, text: str | None, touched: Plan
) -> None:
    file = project.root / path
    if text is None:  # something is added to it that is in order
        held = file.read_text("utf-8")
        entries = {
            "editions": "- name: 2026-11\n  config: mkdocs.yml\n  aliases: [newest]\n",
            "facts": "topics: [{id: a, title: {zh: 套餐, en: Plans}}]\nsources: {}\nfacts: []\n",
            "synonyms": "zh:\n  - [会员, 订阅]\n",
            "asked": "index:\n  home: [怎么付]\n",
            "links": "- url: https://gone.example/\n  expect: dead\n  reason: the host is gone\n"
            "  since: 2026-10-01\n  until: 2027-10-01\n",
            "translations": "en/index: {sections: {home: 27f80c61c886 abb5fd96ce8c}, words: ''}\n",
        }
        text = entries[file.stem]
        assert text != held
    project.write(path, text)
    assert project.plan(path) == touched


def test_a_page_more_or_less_touches_all(project: Saved) -> None:
    project.write("docs/2026-11/en/more.md", "---\ntitle: x\n---\n# x { #x }\n")
    plan = project.plan("docs/2026-11/en/more.md")
    assert (plan.whole, plan.code) == (True, False)
    (project.root / "docs/2026-11/en/more.md").unlink()
    assert project.plan("docs/2026-11/en/more.md") == Plan()
    (project.root / f"docs/{EN}").unlink()
    assert project.plan(f"docs/{EN}").whole


def test_a_file_more_or_less_touches_all(project: Saved) -> None:
    project.write("docs/2026-11/zh/more.css", "p {}")
    assert project.plan("docs/2026-11/zh/more.css").whole
    (project.root / "docs/2026-11/zh/sheet.css").unlink()
    assert project.plan("docs/2026-11/zh/sheet.css").whole


# ---- faults


def raised(what: Callable[[], object]) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011  (whatever it is)
        what()
    return caught.value


def wrapped(what: Callable[[], object]) -> Callable[[], object]:
    """As MkDocs wraps it: in an error that says less."""

    def run() -> None:
        try:
            what()
        except Exception as error:
            raise SystemExit("Aborted") from error

    return run


def template(text: str) -> Callable[[], object]:
    loader = jinja2.DictLoader({"main.html": text})
    return lambda: jinja2.Environment(loader=loader).get_template("main.html").render()


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (
            template("a\n{% if %}"),
            "main.html:2: Expected an expression, got 'end of statement block'",
        ),
        (
            lambda: yaml.load("a: 1\n\tb", yaml.SafeLoader),
            "<unicode string>:2: found character '\\t' that cannot start any token",
        ),
        (
            lambda: compile("\n\ndef x(:", "/home/hooks/x.py", "exec"),
            "hooks/x.py:3: invalid syntax",
        ),
        (lambda: {}["x"], "docs/a.md:1: KeyError: 'x'"),
    ],
)
@pytest.mark.parametrize("wrap", [wrapped, lambda what: what])
def test_a_fault_names_the_place_of_its_cause(
    what: Callable[[], object], told: str, wrap: Callable[..., Callable[[], object]]
) -> None:
    error = raised(wrap(what))
    if told.startswith("docs/a.md") and isinstance(error, SystemExit):
        told = "docs/a.md:1: SystemExit: Aborted"
    assert str(faults.finding(error, Path("/home"), "docs/a.md")) == f"{told} [serve-stopped]"


def test_what_has_been_found_already_is_told_as_it_was_found() -> None:
    found = Finding("a.yml", 3, "ledger-schema", "x: is wrong")
    for error in (InputError(found), ValueError(str(found))):
        assert faults.finding(error, Path("/home")) == found


def test_of_settings_counts_what_the_log_said_at_the_line_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nnav: 7\n", "utf-8")
    error = raised(lambda: exec("raise SystemExit('Aborted with a configuration error!')"))
    found = faults.finding(error, tmp_path, said="Config value 'nav': is no list")
    assert str(found) == "mkdocs.yml:2: Config value 'nav': is no list [serve-stopped]"
    found = faults.finding(error, tmp_path, said="Config value 'other': is no list")
    assert found.line == 1


def test_a_line_of_ours_is_named_and_not_the_one_that_called_it(tmp_path: Path) -> None:
    spaces: dict[str, dict[str, Callable[..., object]]] = {}
    for name in ("tools/kb_tools/serving/site.py", "hooks/facts.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text("\n\ndef run(what):\n    what()\n", "utf-8")
        exec(compile(file.read_text("utf-8"), str(file), "exec"), spaces.setdefault(file.stem, {}))
    run, inner = spaces["site"]["run"], spaces["facts"]["run"]
    error = raised(lambda: run(lambda: inner(lambda: int("x"))))
    assert str(faults.finding(error, tmp_path, "docs/a.md")).startswith(
        "hooks/facts.py:4: ValueError:"
    )
    error = raised(lambda: run(lambda: int("x")))
    assert str(faults.finding(error, tmp_path, "docs/a.md")).startswith("docs/a.md:1: ValueError:")


# ---- the bar


def test_the_bar_has_the_findings_of_its_page_first_then_errors() -> None:
    late = Finding("docs/a.md", 2, "fact-parity", "x")
    other = Finding("docs/b.md", 1, "link-broken", "y", "nearest: c", 4)
    mild = Finding("docs/a.yml", 1, "image-allow-unused", "z")
    told = bar.told([other, late, mild], ["docs/a.md"], "en")
    assert [each["place"] for each in told["findings"]] == [
        "docs/a.md:2",
        "docs/b.md:1:4",
        "docs/a.yml:1",
    ]
    assert told["title"] == "3 findings, 1 on this page"
    assert told["findings"][1]["hint"] == "nearest: c"
    assert told["findings"][1]["fix"]
    assert bar.told([other], ["docs/a.md"], "zh")["title"] == "1 个问题"


def test_of_very_many_findings_the_rest_is_counted() -> None:
    some = [Finding("a.md", line, "link-broken", "x") for line in range(1, bar.MOST + 3)]
    assert bar.told(some[: bar.MOST], ["b.md"], "en")["more"] == ""
    told = bar.told(some, ["b.md"], "en")
    assert (len(told["findings"]), told["more"]) == (bar.MOST, "…and 2 more in the terminal")
