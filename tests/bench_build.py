"""The whole build against a plain one: `PYTHONPATH=hooks:tools python tests/bench_build.py`.

The guide is grown to PAGES pages in each language, titles all different (`--pages N` for another
number). The same texts are built by plain MkDocs with Material and `navigation.prune`, then by
`kb build`: with an empty cache, with nothing changed, with one page changed in both languages, and
with an empty cache and no check. All is told in one run: processor and wall time, as shares of the
plain build, and the memory of the largest process. `--picture FILE.svg` draws the table.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from conftest import AS_OF, SITE_URL
from growing import grow
from kb_tools import writing

PAGES = 504
MOST = {"unchanged, of the first": 0.15, "one page changed, of the first": 0.25}
# MiB of the largest process, at none and for each page of a language: 400 at 2,000.
MEMORY = 220, 0.09
# `kb build` without a look at anything.
UNCHECKED = """
import sys
from kb import build, checks
from kb.__main__ import main
checks.check_sources = build._check = lambda *_: []
sys.exit(main())
"""
# Runs commands at the same time and says what they took.
MEASURED = """
import json, resource, subprocess, sys, time
start = time.monotonic()
running = [subprocess.Popen(each) for each in json.loads(sys.argv[1])]
codes = [each.wait() for each in running]
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, time.monotonic() - start, used.ru_maxrss / 1024)
sys.exit(max(codes))
"""
PLAIN = """
site_name: Guide
site_url: https://kb.test/
theme: {name: material, font: false, features: [navigation.prune]}
plugins:
  search: {}
  i18n:
    docs_structure: folder
    languages:
      - {locale: zh, name: 简体中文, default: true}
      - {locale: en, name: English}
validation:
  links: {not_found: ignore, anchors: ignore, absolute_links: ignore, unrecognized_links: ignore}
"""
_PARTS = re.compile(r"^(?:nav|markdown_extensions):\n(?:  .*\n)+", re.M)


class Cost(NamedTuple):
    """What a build took: seconds of processors and of a clock, MiB of its largest process."""

    processor: float
    wall: float
    memory: float


def cost(folder: Path, *commands: Sequence[str]) -> Cost:
    """Run commands at the same time in a folder, by a process of their own, which is measured."""
    environment = {**os.environ, "KB_AS_OF": AS_OF, "NO_MKDOCS_2_WARNING": "1"}
    environment["PYTHONPATH"] = str(folder / "hooks")
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, json.dumps(commands)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-3000:]
    return Cost(*map(float, ran.stdout.split()[-3:]))


def plain(project: Path, to: Path) -> list[Path]:
    """The texts of each edition of a project as plain projects; gives their settings."""
    found = []
    for config in sorted(project.glob("mkdocs*.yml")):
        text = config.read_text("utf-8")
        edition = re.findall(r"(?m)^docs_dir: docs/(\S+)", text)[0]
        shutil.copytree(
            project / "docs" / edition,
            to / edition / "docs",
            ignore=shutil.ignore_patterns("*.yml", "record"),
        )
        current = (project / "mkdocs.yml").read_text("utf-8")
        parts = _PARTS.findall(text) + _PARTS.findall(current)
        chosen = {part.partition(":")[0]: part for part in reversed(parts)}
        found.append(to / edition / "mkdocs.yml")
        found[-1].write_text(PLAIN + "".join(chosen.values()), "utf-8")
    return found


def measure(pages: int) -> dict[str, Cost]:
    """The costs of all builds, by name."""
    with tempfile.TemporaryDirectory() as folder:
        project = grow(Path(folder, "ours"), pages)
        python = [sys.executable, "-m"]
        told = {}
        commands = [
            [*python, "mkdocs", "build", "-q", "-f", str(config), "-d", str(config.parent / "site")]
            for config in plain(project, Path(folder, "plain"))
        ]
        told["plain MkDocs"] = cost(Path(folder), *commands)
        compileall.compile_dir(project / "hooks", quiet=1)  # as what pip installs is
        ours = ["build", "--site-url", SITE_URL]
        told["kb build"] = cost(project, [*python, "kb", *ours])
        told["unchanged"] = cost(project, [*python, "kb", *ours])
        for page in (project / "docs").glob("2*/*/copy-003/start/plans.md"):
            text = page.read_text("utf-8")  # before a section that the search index has
            page.write_text(text.replace("\n## ", "\nA-Z。\n\n## ", 1), "utf-8")
        told["changed"] = cost(project, [*python, "kb", *ours])
        shutil.rmtree(project / ".cache")
        told["unchecked"] = cost(project, [sys.executable, "-c", UNCHECKED, *ours])
    return told


def shares(told: dict[str, Cost]) -> dict[str, float]:
    """What the issue of speed asks for, as shares: of processors, and of the clock."""
    first, checked = told["kb build"], told["unchecked"]
    return {
        "checks, of a build without": first.processor / checked.processor - 1,
        "kb build, of plain (wall)": first.wall / told["plain MkDocs"].wall,
        "unchanged, of the first": told["unchanged"].processor / first.processor,
        "one page changed, of the first": told["changed"].processor / first.processor,
    }


def drawn(pages: int, told: dict[str, Cost]) -> str:
    """The table as a picture: a bar for each build, its processor time lighter behind the clock."""
    scale = 420 / max(max(each.processor, each.wall) for each in told.values())
    rows = "".join(
        f'<g transform="translate(0,{56 + 34 * at})"><text x="12" y="15">{escape(name)}</text>'
        f'<rect x="150" y="2" width="{each.processor * scale:.0f}" height="8" opacity=".45"/>'
        f'<rect x="150" y="12" width="{each.wall * scale:.0f}" height="8"/>'
        f'<text x="{158 + max(each.processor, each.wall) * scale:.0f}" y="15">'
        f"{each.wall:.1f} s, {each.processor:.1f} s CPU, {each.memory:.0f} MiB</text></g>"
        for at, (name, each) in enumerate(told.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 {70 + 34 * len(told)}" '
        'font-family="sans-serif" font-size="13" fill="#12464a">'
        '<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="12" y="28" font-size="16">{pages} × 2 pages, '
        f"{os.cpu_count()} processors</text>"
        f"{rows}</svg>\n"
    )


def main() -> int:
    """Measure, print, draw, judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    told = measure(options.pages)
    print(f"  {options.pages} pages in each language")
    for name, each in told.items():
        print(f"  {name:14} {each.processor:7.2f} s CPU {each.wall:7.2f} s {each.memory:5.0f} MiB")
    found = shares(told)
    for name, share in found.items():
        print(f"  {name:32} {share:6.1%}")
    if options.picture:
        place = options.picture.absolute()
        writing.write(place.parent, place.name, drawn(options.pages, told))
    most = MEMORY[0] + MEMORY[1] * options.pages
    bad = [name for name, share in found.items() if share > MOST.get(name, 10)]
    bad += [f"memory of {name}" for name, each in told.items() if each.memory > most]
    for name in bad:
        print(f"over its bound: {name}")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
