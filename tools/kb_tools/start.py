"""`python -m kb_tools.start BUILDER CONFIG PORT`: its `serve`, begun anew where it cannot begin.

What is wrong then stands at the port until something is saved.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from kb import words
from kb.finding import Finding, InputError
from kb.terminal import INTERRUPTED, tell
from kb_tools.serving import bar, faults
from kb_tools.serving.server import OWN, Said, Server

_WATCHED = ("hooks", "tools", "overrides", "docs")


class _Stopped:
    """What the server shows in place of a site: what is wrong, in the language of the terminal."""

    stale = False

    def __init__(self, finding: Finding) -> None:
        self.findings = [finding]
        self.places = self.todo = dict[str, str]()
        spoken = os.environ.get("LANG", "")
        self.locale = min(words.locales(), key=lambda each: spoken.find(each) % 1000)

    def next(self, wanted: object) -> None:
        """There is nothing to make."""

    def follow(self, saved: object, gone: object) -> None:
        """Begin anew, as from the command line: nothing of what was loaded may be left."""
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])

    def told(self, path: str) -> dict[str, Any]:
        """What the bar says, on every page."""
        return bar.told(self.findings, (), self.locale)

    def missing(self, path: str) -> str:
        """Every page."""
        return bar.instead(words.of(self.locale)("serve.waiting"), self.locale)


def main() -> None:
    """Let the builder serve the project in this folder."""
    builder, config, port = sys.argv[1:]
    home, said = Path.cwd(), Said()
    server = Server(lambda: None, "127.0.0.1", int(port), str(OWN))
    server.look(home, [home / name for name in _WATCHED])
    logging.getLogger("mkdocs").addHandler(said)
    try:
        if not Path(config).is_file():
            raise InputError(Finding(config, 1, faults.RULE, "this file is not there"))
        cli = importlib.import_module(f"{builder}.__main__").cli
        cli(["serve", "-a", f"127.0.0.1:{port}", "-f", config], standalone_mode=False)
    except (Exception, SystemExit) as error:
        found = faults.finding(error, home, config, said.last)
        if found.path.endswith(".py") and not isinstance(error, SyntaxError):
            traceback.print_exc()
        tell([found])
        sys.stdout.flush()  # to a file it would wait for more, and be lost with this program
        logging.disable()
        server.site = _Stopped(found)
        try:
            server.serve()  # type: ignore[no-untyped-call]
        finally:
            server.shutdown()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
