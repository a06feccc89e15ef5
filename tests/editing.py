"""Drives `mkdocs serve` without its socket: `python tests/editing.py` in a copy of the project.

Commands come in on stdin, a line each: `follow` (what was saved, to the last finding) and `end`.
After each, and when the first build is done, it answers with a line of JSON: the site's folder, all
findings, and the pages made since the last line.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

TOOLS = str(Path.cwd() / "tools")


class Editor:
    """A process that serves the project in a folder, and follows what is saved there when told."""

    def __init__(self, project: Path, config: str = "mkdocs.yml", **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, config],
            cwd=project,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.state: dict[str, Any] = self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        while line := self._process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)  # type: ignore[no-any-return]
        raise AssertionError("the server has ended")

    def follow(self) -> dict[str, Any]:
        """What became of the site since the last time."""
        assert self._process.stdin
        self._process.stdin.write("follow\n")
        self._process.stdin.flush()
        self.state = self._read()
        return self.state

    @property
    def tree(self) -> dict[str, bytes]:
        """The files served, by their paths."""
        root = Path(self.state["folder"])
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file()
        }

    def end(self) -> None:
        """End the process, and forget what it served."""
        self._process.communicate("end\n")


def _drive(server: Any, **_: object) -> None:
    made: list[str] = []
    make = server._make

    def noted(job: object) -> None:
        made.append("/".join(job))  # type: ignore[call-overload]
        make(job)

    server._make = noted
    server._stamps = server._seen()
    while True:
        while (
            server._want_rebuild
            or server.site.todo
            or server.site.stale
            or server._child
            or server._result is not None
        ):
            server._step()
        state = {
            "folder": server.root,
            "findings": [str(found) for found in server.site.findings],
            "made": sorted(made),
        }
        print(json.dumps(state), flush=True)
        made.clear()
        if sys.stdin.readline() != "follow\n":
            return
        time.sleep(0.02)  # a clock of the disk tells saves apart that are as far apart
        server._want_rebuild = True


def main() -> None:
    """Serve the project in the working folder."""
    sys.path.append(TOOLS)
    from mkdocs.commands.serve import serve

    from kb_tools.serving import server

    server.Server.serve = _drive
    serve(sys.argv[1], dev_addr="127.0.0.1:8000")


if __name__ == "__main__":
    main()
