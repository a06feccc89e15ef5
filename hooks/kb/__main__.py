"""The commands of the knowledge base: `PYTHONPATH=hooks python -m kb --help`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kb import checks, project
from kb.finding import Finding

FINE, FOUND, USAGE = 0, 1, 2


class UsageError(Exception):
    """Wrong usage or input that cannot be read: one clear line, exit code 2."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code: 0 nothing wrong, 1 findings, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (UsageError, OSError, UnicodeDecodeError) as error:
        print(f"kb: {error}", file=sys.stderr)
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kb", epilog="exit codes: 0 nothing wrong, 1 findings, 2 wrong usage"
    )
    parser.add_argument(
        "--root", type=Path, default=Path.cwd(), help="the project's folder (default: this one)"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="check the sources of every edition, without a build")
    check.set_defaults(run=_check)

    draw = commands.add_parser("draw", help="render the drawings whose text sources changed")
    draw.add_argument(
        "name", nargs="*", help="a drawing of docs/drawings/; all that changed if none"
    )
    draw.add_argument(
        "--check", action="store_true", help="render nothing, only name the stale ones"
    )
    draw.set_defaults(run=_draw)
    return parser


def _docs(options: argparse.Namespace) -> Path:
    docs: Path = options.root / "docs"
    if not docs.is_dir():
        raise UsageError(
            f"{docs} is no folder: run this in the project's folder, or name it by --root"
        )
    return docs


def _check(options: argparse.Namespace) -> int:
    docs = _docs(options)
    editions = [
        path.name for path in sorted(docs.iterdir()) if re.fullmatch(r"\d{4}-\d{2}", path.name)
    ]
    findings = [
        found for name in editions for found in checks.check_sources(project.read(docs, name))
    ]
    return _report(findings)


def _draw(options: argparse.Namespace) -> int:
    from kb import drawing  # loads a browser driver, which the other commands do not need

    root = _docs(options).parent
    known = {path.stem for path in (root / "docs" / "drawings").glob("*.yml")}
    for name in options.name:
        if name not in known:
            raise UsageError(f"no drawing '{name}'; there are: {', '.join(sorted(known))}")
    try:
        return _report(drawing.draw(root, options.name, check=options.check))
    except drawing.DrawError as error:
        raise UsageError(str(error)) from error


def _report(findings: Sequence[Finding]) -> int:
    for finding in findings:
        print(finding)
    return FOUND if any(finding.severity == "error" for finding in findings) else FINE


if __name__ == "__main__":
    sys.exit(main())
