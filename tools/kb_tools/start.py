"""`python -m kb_tools.start BUILDER CONFIG PORT`: its `serve`, begun anew where it cannot begin.

What is wrong then stands at the port until something is saved.
"""

from __future__ import annotations

import http.server
import importlib
import json
import logging
import os
import sys
import threading
import time
import traceback
from pathlib import Path

from kb import words
from kb.errors import InputError
from kb.finding import Finding
from kb.terminal import INTERRUPTED, tell
from kb_tools.serving import bar, faults
from kb_tools.serving.server import OWN, Said

_WATCHED = ("hooks", "tools", "overrides", "docs")
_PARTS = {"/livereload.js": "text/javascript", "/livereload.css": "text/css"}
_SCRIPT = '<script src="/livereload.js" data-at="none"></script>'


def main() -> None:
    """Let the builder serve the project in this folder."""
    builder, config, port = sys.argv[1:]
    home, said = Path.cwd(), Said()
    before = _seen(home)
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
        _wait(found, home, before, int(port))
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _seen(home: Path) -> dict[Path, tuple[int, int]]:
    """What is on disk of all that a start reads."""
    tops = (path for top in _WATCHED for path in (home / top).rglob("[!.]*.*"))
    found = {}
    for path in (*home.glob("mkdocs*.yml"), *tops):
        if "__pycache__" not in path.parts and path.is_file():
            found[path] = (path.stat().st_mtime_ns, path.stat().st_size)
    return found


def _wait(finding: Finding, home: Path, before: object, port: int) -> None:
    """Answer at the port, each page with the bar of what is found, until something is saved."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            accepted = self.headers.get("Accept-Language", "")
            # The one that is named first; what is not named comes last.
            locale = min(words.locales(), key=lambda each: accepted.find(each) % 1000)
            kind, asked = "text/html", self.path.partition("?")[0]
            text = bar.instead(words.of(locale)("serve.waiting"), locale) + _SCRIPT
            if asked == "/livereload/":
                told = bar.told([finding], "", locale)
                kind, text = "application/json", json.dumps({"at": "none", "told": "1", **told})
                if "told=1" in self.path:
                    saved.wait(20)
            elif asked in _PARTS:
                kind = _PARTS[asked]
                text = (OWN / f"bar{asked[11:]}").read_text("utf-8")
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Requests are no news."""

    saved = threading.Event()
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Answer) as host:
        host.daemon_threads = True
        threading.Thread(target=host.serve_forever, daemon=True).start()
        while _seen(home) == before:
            time.sleep(0.3)
        saved.set()
        host.shutdown()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
