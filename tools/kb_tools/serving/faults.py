"""An exception that stopped a build -> the finding that tells a writer where to mend it."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from kb import files
from kb.editions import SETTINGS
from kb.finding import Finding, InputError

RULE = "serve-stopped"
_TOOLS = "tools/kb_tools/"
_OURS = ("hooks/", "overrides/", "tools/")
# These stand in every trace.
_CALLERS = tuple(
    f"tools/kb_tools/{name}.py" for name in ("serving/server", "serving/site", "start")
)
_TOLD = re.compile(r"(?s)(?P<path>[^\n:]+):(?P<line>\d+): (?P<message>.*) \[(?P<rule>[\w-]+)\]\Z")


def finding(error: BaseException, home: Path, path: str = SETTINGS, said: str = "") -> Finding:
    """What an error says, and where: `path` when it does not say. `said` is what a log told of it.

    Of an error and its causes the first counts that has a place of its own.
    """
    chain = list(_chain(error))
    placed = (each for each in chain if isinstance(each, InputError | SyntaxError) or _mark(each))
    error = next(placed, error)
    if isinstance(error, InputError) and error.finding:
        return error.finding
    message = " ".join((getattr(error, "problem", None) or said or str(error)).split())
    if told := _TOLD.match(message):
        return Finding(told["path"], int(told["line"]), told["rule"], told["message"])
    name, line = _mark(error) or (path, 1)
    if isinstance(error, SyntaxError):
        name, line, message = error.filename or path, error.lineno or 1, error.msg
    elif said:
        line = _line_of(home / path, said)
    elif not _mark(error):
        for frame in traceback.extract_tb(error.__traceback__):
            shown = files.shown(Path(frame.filename), home)
            if shown.startswith(_OURS) and shown not in _CALLERS:
                name, line = shown, frame.lineno or 1
        message = f"{type(error).__name__}: {message}"
    return Finding(files.shown(Path(name), home), line, RULE, message)


def _line_of(settings: Path, said: str) -> int:
    """The line of a setting that MkDocs names in what it says."""
    key = re.match(r"Config value '(\w+)'", said)
    lines = settings.read_text("utf-8").split("\n") if key and settings.is_file() else []
    return next(
        (at for at, line in enumerate(lines, 1) if key and line.startswith(f"{key[1]}:")), 1
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _mark(error: BaseException) -> tuple[str, int] | None:
    """Where YAML or Jinja stopped: they have no class of error in common."""
    if mark := getattr(error, "problem_mark", None):
        return mark.name, mark.line + 1
    if type(error).__name__ == "TemplateSyntaxError":
        return error.filename or str(error.name), error.lineno  # type: ignore[attr-defined]
    return None
