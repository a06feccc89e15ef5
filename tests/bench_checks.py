"""The checks of sources against those of an older commit, and against their bounds.

`PYTHONPATH=hooks python tests/bench_checks.py [--runs N]`: a thousand pages in two languages, made
of the guide's own texts, no two alike, are checked by this tree and, where git has that commit, by
OLD in turn. A shallow clone lacks it, and is told so: `git fetch --unshallow`.
Told are the medians of the processor's time, of all processes: of `kb check`, and of those of its
checks alone that OLD had. It fails when these need more than SHARE of what OLD needs, or `kb check`
more than its bounds.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from golden import settle

ROOT = Path(__file__).parent.parent
OLD = "d4594d1"  # read each page three times, and parsed it more often
SHARE = 0.5  # of what OLD needed: half
BOUNDS = {"the guide": 1.5, "the thousand": 12.0}  # seconds
PAGES = 1000  # in each of two languages
KEPT = ("facts", "links", "words", "ageing", "synonyms", "glossary", "markup")
# `kb check`, less what OLD did not look at: what texts say and how, tags, markup, referrals.
ALIKE = """
from pathlib import Path
from kb import checks, project
checks.legacy.check = checks.referral.check = checks.facts.ageing = lambda *_: []
checks.language.unused = checks.glossary.check = checks.language.check = lambda *_: []
checks.translations.differences = lambda *_, **__: []
held = project.read(Path.cwd())
print(*checks.check_sources(held, held.newest.day), sep="\\n")
"""
CHECK = ("-m", "kb", "check")
_FACT = re.compile(r"\[\[[^\]\n]+\]\]")
_PICTURE = re.compile(r"(?m)^.*(?:!\[|<img|\{% img).*\n?")


def generate(home: Path, pages: int, code: Path) -> None:
    """A project of one edition: the guide's pages again and again, with one fact and no pictures.

    Its ledgers are those that `code` knows, as it has them.
    """
    edition = next(path for path in sorted((ROOT / "docs").glob("20*"), reverse=True))
    for locale in (path for path in edition.iterdir() if (path / "index.md").exists()):
        texts = {
            path.relative_to(locale): _FACT.sub(
                "[[plus-price]]", _PICTURE.sub("", path.read_text("utf-8"))
            )
            for path in sorted(locale.rglob("*.md"))
        }
        copies = ((at, name) for at in itertools.count(1) for name in texts)
        for at, name in itertools.islice(copies, pages):
            to = home / "docs" / edition.name / locale.name / f"copy-{at:03}" / name
            to.parent.mkdir(parents=True, exist_ok=True)
            # No two are alike: OLD kept what it had parsed by its text, 512 of them.
            to.write_text(f"{texts[name]}\n{at}: {name}\n", "utf-8")
        (home / "docs" / edition.name / locale.name / "asked.yml").write_text("{}\n", "utf-8")
    ledgers = home / "docs" / "ledgers"
    ledgers.mkdir()
    known = {path.name.split(".")[0] for path in (code / "hooks/kb/schemas").iterdir()}
    for name in KEPT:
        if (held := code / "docs" / "ledgers" / f"{name}.yml").exists():
            shutil.copy(held, ledgers)
    (home / "docs" / edition.name / "translations.yml").write_text("{}\n", "utf-8")
    settle(home)
    for path in ledgers.iterdir():
        if path.stem not in known:
            path.unlink()


def unpack(to: Path) -> bool:
    """Write the tree of OLD into a folder; False where git does not have it."""
    git = ["git", "-C", str(ROOT)]
    if subprocess.run([*git, "cat-file", "-e", OLD], capture_output=True, check=False).returncode:
        return False
    packed = subprocess.run([*git, "archive", OLD], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as held:
        held.extractall(to, filter="data")
    return True


def cost(code: Path, project: Path, *command: str) -> tuple[float, str]:
    """Seconds of processor time that a command of a tree takes for a project, and what it says."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(code / "hooks")},
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ran.returncode in (0, 1), ran.stderr
    assert "Traceback" not in ran.stderr, ran.stderr  # it ends with 1, too
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = (ran.stdout + ran.stderr).strip().split("\n")
    return seconds, f"{len(told):,} lines, the last: {told[-1][:100]}"


def main() -> int:
    """Run, print, judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs, old = (Path(folder, name) for name in ("ours", "theirs", "old"))
        generate(ours, PAGES, ROOT)
        jobs = {
            "the guide": (ROOT, ROOT, *CHECK),
            "the thousand": (ROOT, ours, *CHECK),
            "the checks of old": (ROOT, ours, "-c", ALIKE),
        }
        if unpack(old):
            generate(theirs, PAGES, old)
            jobs["old"] = (old, theirs, *CHECK)
        taken: dict[str, list[float]] = {name: [] for name in jobs}
        told = {}
        for _ in range(runs):
            for name, job in jobs.items():
                seconds, told[name] = cost(*job)
                taken[name].append(seconds)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        print(f"  {name:18} {median:6.2f} s of CPU; {told[name]}")
    bad = [f"{name}: {medians[name]:.2f} s" for name in BOUNDS if medians[name] > BOUNDS[name]]
    if "old" in medians:
        share = medians["the checks of old"] / medians["old"]
        print(f"  its own checks now take {share:.2f} of old (at most {SHARE})")
        bad += [f"{share:.2f} of old"] * (share > SHARE)
    else:
        print(f"  not compared: git has no commit {OLD} here (`git fetch --unshallow` brings it)")
    for each in bad:
        print(f"over its bound: {each}")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
