"""The commands of the knowledge base: `PYTHONPATH=hooks python -m kb --help`."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from kb import checks, clock, facts, project, releases
from kb.finding import Finding, unique

FINE, FOUND, USAGE = 0, 1, 2
DEFAULT_URL = "http://127.0.0.1:8000/"


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
    check.add_argument("--as-of", type=_day, help="the day to check for (default: today)")
    check.set_defaults(run=_check)

    status = commands.add_parser("status", help="name what is due or overdue: facts, pictures, …")
    status.add_argument("--as-of", type=_day, help="the day to ask for (default: today)")
    status.set_defaults(run=_status)

    build = commands.add_parser("build", help="build every edition and language into one folder")
    build.add_argument("--edition", action="append", default=[], help="only this one; repeatable")
    build.add_argument("--out", type=Path, help="the folder to replace (default: site)")
    build.add_argument("--site-url", help="where it will be hosted (default: $SITE_URL)")
    build.add_argument("--as-of", type=_day, help="the day to build for (default: today)")
    build.set_defaults(run=_build)

    edition = commands.add_parser("edition", help="add an edition to the guide")
    actions = edition.add_subparsers(required=True, metavar="ACTION")
    new = actions.add_parser("new", help="copy the newest edition to start the next")
    new.add_argument("name", help="year and month, like 2027-05")
    new.add_argument("--from", dest="source", required=True, help="the newest edition")
    new.set_defaults(run=_edition_new)

    release = commands.add_parser("release", help="record the pages that readers now know")
    release.set_defaults(run=_release)

    preview = commands.add_parser("preview", help="serve a built site as a host would")
    preview.add_argument("--out", type=Path, help="the built site (default: site)")
    preview.add_argument("--site-url", help="the address it was built for (default: $SITE_URL)")
    preview.set_defaults(run=_preview)

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
    found = [
        finding
        for edition in project.editions(docs)
        for finding in checks.check_sources(project.read(docs, edition.name), _today(options))
    ]
    return _report(unique(found))


def _status(options: argparse.Namespace) -> int:
    return _report(facts.status(project.read_ledger(_docs(options), facts.LEDGER), _today(options)))


def _today(options: argparse.Namespace) -> datetime.date:
    day: datetime.date | None = options.as_of
    return day or clock.today(os.environ)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day like 2026-11-23") from None


def _site_url(options: argparse.Namespace) -> str:
    url: str = options.site_url or os.environ.get("SITE_URL") or DEFAULT_URL
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(f"'{url}' is no address to host a site at, like {DEFAULT_URL}")
    return url if url.endswith("/") else f"{url}/"


def _build(options: argparse.Namespace) -> int:
    from kb import build

    root = _docs(options).parent
    known = [edition.name for edition in project.editions(root / "docs")]
    for name in options.edition:
        if name not in known:
            raise UsageError(f"no edition '{name}'; there are: {', '.join(known)}")
    try:
        findings = build.build(
            root,
            (options.out or root / "site").absolute(),
            _site_url(options),
            names=options.edition,
            as_of=_today(options),
            progress=_progress,
        )
    except build.BuildError as error:
        print(error, file=sys.stderr)
        return FOUND
    return _report(findings)


def _edition_new(options: argparse.Namespace) -> int:
    from kb import new_edition

    root = _docs(options).parent
    try:
        written = new_edition.make(root, options.name, options.source)
    except new_edition.EditionError as error:
        raise UsageError(str(error)) from error
    for path in written:
        print(f"wrote {path}")
    print(
        "Next: edit the pages, list their pictures in docs/ledgers/screenshots.yml, `kb release`."
    )
    return FINE


def _release(options: argparse.Namespace) -> int:
    docs = _docs(options)
    pages = {
        edition.name: project.pages_of(docs, edition.name) for edition in project.editions(docs)
    }
    path = docs / project.LEDGERS / f"{releases.LEDGER}.yml"
    path.write_text(releases.record(project.read_ledger(docs, releases.LEDGER), pages), "utf-8")
    print(f"wrote {path.relative_to(docs.parent)}")
    return FINE


def _preview(options: argparse.Namespace) -> int:
    from kb import preview

    site = (options.out or options.root / "site").absolute()
    if not (site / "index.html").exists():
        raise UsageError(f"{site} holds no site: build it first, with `kb build`")
    preview.serve(site, _site_url(options))
    return FINE


def _progress(step: str) -> None:
    """Tell a person what is going on; a pipe gets only what was found."""
    if sys.stderr.isatty():
        print(f"… {step}", file=sys.stderr)


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
