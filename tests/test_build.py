"""Real builds of the real guide: each planted fault fails the build at its file and line."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import copy_project, mkdocs

pytestmark = pytest.mark.build

EN = "docs/2023-07/en"
LEDGER = "docs/2023-07/record/screenshots.yml"
PICTURE = f"{EN}/images/post/2023/07/alipay-zone.png"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project to break."""
    return copy_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def broken(project: Path) -> Iterator[Callable[[str, Callable[[bytes], bytes]], int]]:
    """Change a file of the copy; gives the first line that differs. All is put back afterwards."""
    kept: dict[Path, bytes] = {}

    def change(name: str, edit: Callable[[bytes], bytes]) -> int:
        path = project / name
        before = path.read_bytes()
        after = edit(before)
        assert after != before, f"the fault changes nothing in {name}"
        kept.setdefault(path, before)
        path.write_bytes(after)
        pairs = zip(before.splitlines(), after.splitlines(), strict=False)
        return next((at for at, (old, new) in enumerate(pairs, 1) if old != new), 0)

    yield change
    for path, content in kept.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def swap(old: str, new: str) -> Callable[[bytes], bytes]:
    """Replace the first occurrence."""
    return lambda content: content.replace(old.encode(), new.encode(), 1)


def build(project: Path) -> subprocess.CompletedProcess[str]:
    """Build the edition of the post into a folder of its own."""
    config = "mkdocs.2023-07.yml"
    return mkdocs("build", "-q", "-f", config, "-d", str(project / "site"), cwd=project)


def test_the_guide_builds_without_a_word(project: Path) -> None:
    built = build(project)
    assert (built.returncode, built.stdout + built.stderr) == (0, "")


# By the build that has them: no fault of a build hides another one of it.
FAULTS = [
    {
        "link": (f"{EN}/index.md", swap("](usage.md", "](usagi.md"), "link-broken"),
        "anchor in the other language": (
            "docs/2023-07/zh/index.md",
            swap("corrections.md#c-", "corrections.md#x-c-"),
            "anchor-broken",
        ),
        "picture": (f"{EN}/api-payment.md", swap("api-band.png", "api-bond.png"), "image-missing"),
        "phrase for no section": (
            f"{EN}/asked.yml",
            swap("  who-and-why:", "  who:"),
            "asked-section",
        ),
        "double id": (
            f"{EN}/plus/apple.md",
            swap("## ", "## Twice { #apple-card }\n\n## "),
            "id-duplicate",
        ),
        "alt text": (
            LEDGER,
            lambda content: re.sub(rb"    en: .*", b"    en: ''", content, count=1),
            "image-alt-missing",
        ),
    },
    {
        "anchor": (
            f"{EN}/index.md",
            swap("corrections.md#c-", "corrections.md#x-c-"),
            "anchor-broken",
        ),
        "legacy tag": (f"{EN}/api-payment.md", swap("{% img ", "{% imag "), "legacy-unknown"),
        "unlisted": (LEDGER, swap("alipay-zone.png", "alipay-zona.png"), "image-missing"),
    },
    {
        "unclosed tag": (
            f"{EN}/api-payment.md",
            swap(" 1200 400 %}", " 1200 400"),
            "legacy-unclosed",
        ),
        "front matter": (f"{EN}/index.md", swap("title: ", "title: a: "), "front-matter"),
        "schema": (LEDGER, swap("kind: drawing", "kind: photo"), "ledger-schema"),
    },
]


@pytest.mark.parametrize("faults", FAULTS, ids=", ".join)
def test_each_fault_fails_the_build_at_its_line(
    project: Path,
    broken: Callable[[str, Callable[[bytes], bytes]], int],
    faults: dict[str, tuple[str, Callable[[bytes], bytes], str]],
) -> None:
    lines = {fault: broken(name, edit) for fault, (name, edit, _) in faults.items()}
    built = build(project)
    assert built.returncode == 1
    assert "Traceback" not in built.stderr
    errors = [line for line in built.stderr.splitlines() if line.startswith("ERROR")]
    for fault, (name, _, rule) in faults.items():
        place = f" {name}:{lines[fault]}:"
        assert [line for line in errors if place in line and f"[{rule}]" in line], fault
    unlisted = [line for line in errors if f" {PICTURE}:1: " in line and "[image-unlisted]" in line]
    assert len(unlisted) == ("unlisted" in faults)


def test_a_broken_picture_file_fails(
    project: Path, broken: Callable[[str, Callable[[bytes], bytes]], int]
) -> None:
    broken(PICTURE, lambda content: content[:200])
    built = build(project)
    assert built.returncode == 1
    assert f"{PICTURE}:1: cannot be decoded" in built.stderr


def test_a_deleted_picture_fails_at_the_line_that_shows_it(project: Path) -> None:
    path = project / PICTURE
    content = path.read_bytes()
    path.unlink()
    try:
        built = build(project)
    finally:
        path.write_bytes(content)
    assert built.returncode == 1
    assert f"{EN}/plus/apple-alipay.md:" in built.stderr
    assert "[image-missing]" in built.stderr
