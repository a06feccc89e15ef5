"""The project on disk: what is where, read once, and told where it is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from golden import HOOKS, settle, write
from kb import checks, project
from kb.__main__ import main

PAGE = "# A { #a }\n"
FILES = {"docs/2026-11/zh/a.md": PAGE, "docs/2026-11/en/a.md": PAGE, "docs/2026-11/en/b.md": PAGE}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two languages of one edition."""
    write(tmp_path, FILES)
    settle(tmp_path)
    for name in ("translations", "zh/asked", "en/asked"):
        (tmp_path / f"docs/2026-11/{name}.yml").write_text("{}\n", "utf-8")
    return tmp_path


def said(home: Path) -> list[str]:
    return [str(found).splitlines()[0] for found in project.read(home).findings]


def test_a_project_in_order_is_read_without_a_word(home: Path) -> None:
    held = project.read(home)
    assert said(home) == []
    assert [each for ledger in held.ledgers.values() for each in ledger.findings] == []
    assert held.editions.locales == ("zh", "en")
    assert held.listed == {"2026-11": {"a", "b"}}
    assert [(locale, page.path) for locale, _, page in held.built("2026-11")] == [
        ("zh", "2026-11/zh/a.md"),
        ("en", "2026-11/en/a.md"),
        ("en", "2026-11/en/b.md"),
    ]


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        ({"docs/2027-05/zh/a.md": PAGE}, "docs/2027-05:1: the editions ledger names no such"),
        ({"docs/2026-11/ja/a.md": PAGE}, "docs/2026-11/ja:1: is no folder of a language"),
        ({"docs/2026-11/a.md": PAGE}, "docs/2026-11/a.md:1: is no folder of a language"),
        ({"docs/2026-11/more/x/a.md": PAGE}, "docs/2026-11/more:1: is no folder of a language"),
        ({"docs/2026-11/fr": "a"}, "docs/2026-11/fr:1: is no folder of a language"),
        ({"docs/2026-11/zh/b.md": b"\xd6\xd0"}, "docs/2026-11/zh/b.md:1: is not UTF-8 text"),
        ({"docs/2026-11/zh/b.md/c.txt": "a"}, "docs/2026-11/zh/b.md:1: is a folder"),
        (
            {"docs/2026-11/zh/a.html": "<p>"},
            "docs/2026-11/zh/a.html:1: is neither page nor picture",
        ),
        ({"docs/2026-11/x.JS": ""}, "docs/2026-11/x.JS:1: is neither page nor picture"),
        ({"docs/2026-11/zh/a": "a"}, "docs/2026-11/zh/a:1: is neither page nor picture"),
        ({"docs/2026-11/.htaccess": "a"}, "docs/2026-11/.htaccess:1: holds settings of a host"),
        ({"docs/2026-11/zh/a.vtt": "<p>WEBVTT"}, "docs/2026-11/zh/a.vtt:1: is no WebVTT"),
        ({"docs/2026-11/zh/a.vtt": "WEBVTT\n<script>"}, "docs/2026-11/zh/a.vtt:1: is no WebVTT"),
        ({"mkdocs.yml": "a: b\n"}, "mkdocs.yml:1: the plugin i18n names no languages"),
        ({"docs/2026-11/zh/b.MD": PAGE}, "docs/2026-11/zh/b.MD:1: is neither page nor picture"),
        ({"docs/2026-11/zh/a/index.md": PAGE}, "docs/2026-11/zh/a.md:1: has the address of"),
        ({"docs/2026-11/en/A.md": PAGE}, "docs/2026-11/en/a.md:1: has the address of"),
        (
            {"docs/2026-11/en/b/README.md": PAGE},
            "docs/2026-11/en/b.md:1: has the address of another page",
        ),
        *(
            ({f"docs/{name}": "{}\n"}, f"docs/{told}:1: is no ledger that anything reads")
            for name, told in [
                *((name, name) for name in ("ledgers/facts.yaml", "ledgers/facts.lock")),
                *((name, name) for name in ("drawings/a.json", "2026-11/asked.yml")),
                *((name, name) for name in ("2026-11/zh/translations.yml", "2026-11/x.lock")),
                ("ledgers/more/facts.yml", "ledgers/more"),
                ("2026-11/record/facts.yml", "2026-11/record/facts.yml"),
            ]
        ),
    ],
)
def test_what_does_not_belong_there_is_told(
    home: Path, files: dict[str, str], finding: str
) -> None:
    write(home, files)
    assert [line for line in said(home) if line.startswith(finding)]


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("secret.txt", "is a link that leads out of docs/"),
        ("secret.md", "is a link that leads out of docs/"),
        ("docs/../secret.md", "is a link that leads out of docs/"),
        ("nothing.md", "is a link that leads out of docs/"),
        ("docs/2026-11/en/images", "is a link to a folder, or to nothing"),
        ("docs/2026-11/en/b.md", ""),
    ],
)
@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_out_of_docs_is_told_and_not_read(
    home: Path, target: str, fault: str, absolute: bool
) -> None:
    write(
        home,
        {
            "secret.txt": "secret",
            "secret.md": "# S { #s }\n",
            "docs/2026-11/en/images/a.png": [4, 3],
        },
    )
    link = home / f"docs/2026-11/zh/link{Path(target).suffix}"
    link.symlink_to(home / target if absolute else Path("../../..", target))
    held = project.read(home)
    name = link.relative_to(home / "docs").as_posix()
    assert [str(f).partition(" [")[0] for f in held.findings] == [f"docs/{name}:1: {fault}"] * bool(
        fault
    )
    assert (name in held.refused) == bool(fault)
    assert (name in held.pages) == (not fault)


def test_an_edition_without_its_files_is_told_by_edition_unknown(home: Path) -> None:
    (home / "docs/ledgers/editions.yml").write_text(
        "- {name: 2025-01, config: mkdocs.2025-01.yml}\n"
    )
    rules = [found.rule for found in project.read(home).findings]
    assert rules.count("edition-unknown") == 3  # no folder, no settings, and a folder not named


def test_the_settings_of_the_current_edition_are_its_own(home: Path) -> None:
    with (home / "mkdocs.yml").open("a", encoding="utf-8") as config:
        config.write("extra: {edition: 2023-07}\n")
    (told,) = said(home)
    assert "'2023-07' is of another edition than '2026-11' [edition-unknown]" in told


TWO = """\
- {name: 2026-11, config: mkdocs.yml, aliases: [latest, v2]}
- {name: 2023-07, config: mkdocs.2023-07.yml, aliases: [v1]}
"""


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("INHERIT: mkdocs.yml\ndocs_dir: docs/2023-07\nextra: {edition: 2023-07}\n", []),
        ("INHERIT: mkdocs.yml\n", []),
        (
            "INHERIT: mkdocs.yml\ndocs_dir: docs/2026-11\nextra:\n  edition: 2026-11\n",
            [
                "mkdocs.2023-07.yml:2: 'docs/2026-11' is of another edition than '2023-07'",
                "mkdocs.2023-07.yml:4: '2026-11' is of another edition than '2023-07'",
            ],
        ),
    ],
)
def test_settings_are_those_of_their_edition(home: Path, config: str, told: list[str]) -> None:
    files = {"docs/ledgers/editions.yml": TWO, "mkdocs.2023-07.yml": config}
    write(home, {**files, "docs/2023-07/zh/a.md": PAGE})
    assert said(home) == [f"{line} [edition-unknown]" for line in told]


EVERY = "hooks: [" + ", ".join(f"hooks/{path.name}" for path in HOOKS) + "]\n"


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("INHERIT: mkdocs.yml\n", None),
        ("INHERIT: ./mkdocs.yml\n", None),
        (f"INHERIT: mkdocs.yml\n{EVERY}", None),
        (f"{EVERY}", None),
        (EVERY.replace("hooks/", "/elsewhere/hooks/"), None),
        (
            f"INHERIT: mkdocs.yml\n{EVERY.replace('hooks/links.py', 'hooks/links.pyc')}",
            (2, "links"),
        ),
        (f"INHERIT: mkdocs.yml\n{EVERY.replace('hooks/links.py', 'old/links.py')}", (2, "links")),
        ("INHERIT: mkdocs.yml\nhooks: [hooks/links.py]\n", (2, "assets")),
        ("INHERIT: mkdocs.yml\nhooks:\n", (2, "assets")),
        ("INHERIT: mkdocs.yml\nhooks: hooks/links.py\n", (2, "assets")),
        ("INHERIT: other.yml\n", (1, "assets")),
        ("site_name: T\n", (1, "assets")),
    ],
)
def test_no_settings_leave_a_hook_out(
    home: Path, config: str, told: tuple[int, str] | None
) -> None:
    files = {"docs/ledgers/editions.yml": TWO, "mkdocs.2023-07.yml": config}
    write(home, {**files, "docs/2023-07/zh/a.md": PAGE})
    found = [(each.line, each.message) for each in project.read(home).findings]
    if told is None:
        assert found == []
    else:
        ((line, message),) = found
        assert (line, message.split(",")[0]) == (told[0], f"`hooks` lacks hooks/{told[1]}.py")


def test_a_broken_host_among_the_entries_of_the_navigation_is_told(home: Path) -> None:
    with (home / "mkdocs.yml").open("a", encoding="utf-8") as config:
        config.write("nav:\n  - a.md\n  - Out: http://[::1]/\n  - In:\n    - Odd: https://[x/\n")
    line = (home / "mkdocs.yml").read_text("utf-8").count("\n")
    assert said(home) == [f"mkdocs.yml:{line}: 'https://[x/' is no address [link-malformed]"]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("hooks: &own [hooks/links.py]\n", "2: 'own' is an anchor or alias: write the value out"),
        ("hooks: [hooks/links.py\n", "3: not valid YAML: did not find expected ',' or ']'"),
        (f"hooks: [hooks/links.py]\n{EVERY}", "3: 'hooks' is given twice"),
    ],
)
def test_settings_of_an_older_edition_are_readable(home: Path, config: str, told: str) -> None:
    config = f"INHERIT: mkdocs.yml\n{config}"
    files = {"docs/ledgers/editions.yml": TWO, "mkdocs.2023-07.yml": config}
    write(home, {**files, "docs/2023-07/zh/a.md": PAGE})
    assert said(home) == [f"mkdocs.2023-07.yml:{told} [ledger-schema]"]


def test_an_installed_command_knows_of_no_hooks(home: Path, tmp_path: Path) -> None:
    site = tmp_path / "lib/site"
    shutil.copytree(Path(project.__file__).parent, site / "kb")
    (site / "six.py").write_text("")
    asked = "from pathlib import Path; from kb import project; print(project.read(Path()).findings)"
    settings = home / "mkdocs.yml"
    settings.write_text(settings.read_text("utf-8").partition("hooks:")[0], "utf-8")
    answer = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.stdout, answer.stderr) == ("()\n", "")


@pytest.mark.parametrize("alias", ["en", "zh", "pt-br", "rules", "assets", "downloads", "2023-07"])
def test_an_alias_takes_no_place_of_the_root(home: Path, alias: str) -> None:
    write(home, {"docs/ledgers/editions.yml": TWO.replace("v2", alias)})
    (found,) = project.read(home).ledger("editions").findings
    assert "an alias is a word like latest" in found.message


def test_an_alias_is_that_of_one_edition(home: Path) -> None:
    write(home, {"docs/ledgers/editions.yml": TWO.replace("v1", "v2")})
    (found,) = project.read(home).ledger("editions").findings
    assert (found.line, found.message) == (2, "1.aliases: 'v2' is listed twice")


def test_a_folder_beside_the_editions_may_be_our_own(home: Path) -> None:
    write(home, {"docs/drawings/.keep": "a", "docs/2026-11/zh/images/a.vtt": "WEBVTT\n\n<v A>b"})
    assert "locale-unknown" not in {found.rule for found in project.read(home).findings}
    assert said(home) == []


@pytest.mark.parametrize("name", project.NAMES)
def test_a_ledger_that_is_not_there_is_told(home: Path, name: str) -> None:
    path = home / f"docs/ledgers/{name}.yml"
    path.unlink()
    (found,) = project.read(home).ledger(name).findings
    assert (found.path, found.line, found.rule) == (f"docs/ledgers/{name}.yml", 1, "ledger-missing")


def test_what_did_not_change_is_the_same_value_and_what_did_is_read_anew(home: Path) -> None:
    reader = project.Reader(home)
    first = reader.read()
    (home / "docs/2026-11/zh/a.md").write_text("# B { #b }\n", "utf-8")
    second = reader.read()
    assert second.pages["2026-11/en/a.md"] is first.pages["2026-11/en/a.md"]
    assert second.ledger("facts") is first.ledger("facts")
    assert [h.id for h in second.pages["2026-11/zh/a.md"].headings] == ["b"]


def test_each_file_is_opened_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    read = Path.read_bytes

    def count(path: Path) -> bytes:
        opened.append(str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", count)
    project.read(home)
    opened = [path for path in opened if "/.cache/" not in path]
    assert len(opened) == len(set(opened))
    assert {path for path in opened if path.endswith(".md")} == {
        os.path.realpath(home / path) for path in FILES
    }


def test_of_a_faulty_ledger_of_editions_the_cause_alone_is_told(home: Path) -> None:
    listed = home / "docs/ledgers/editions.yml"
    listed.write_text("- {name: 2026-11, config: mkdocs.yml, aliases: [latest]}\n", "utf-8")
    assert main(["--root", str(home), "release"]) == 0
    listed.write_text("<<<<<<< HEAD\n" + listed.read_text("utf-8"), "utf-8")
    held = project.read(home)
    assert "latest" in (home / "docs/ledgers/pages.yml").read_text("utf-8")
    found = checks.check_sources(held, held.newest.day)
    errors = {each.rule for each in found if each.severity == "error"}
    assert errors == {"ledger-schema", "translation-original"}  # en/b.md never had one


def test_a_page_of_the_guide_for_contributors_lies_in_a_language(home: Path) -> None:
    write(home, {"docs/contributing/zh/a.md": "# 甲\n", "docs/contributing/b.md": "# B\n"})
    held = project.read(home)
    assert list(held.guide) == ["contributing/zh/a.md"]
    assert [f"{found.path} {found.rule}" for found in held.findings] == [
        "docs/contributing/b.md locale-unknown"
    ]


def test_what_is_wrong_with_editions_that_were_not_asked_for_is_not_told(home: Path) -> None:
    (home / "docs/2026-11/zh/bad.md").write_bytes(b"\xff\n")
    (home / "docs/2026-11/zh/odd.bin").write_bytes(b"odd")
    told = {found.path for found in project.read(home).findings}
    assert told == {"docs/2026-11/zh/bad.md", "docs/2026-11/zh/odd.bin"}
    other = project.read(home, ["2023-07"])
    assert (other.findings, other.names, "bad" in other.listed["2026-11"]) == ((), (), True)
