"""The commands of the knowledge base: `PYTHONPATH=hooks python -m kb --help`."""

import argparse
import errno
import importlib
import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

# What a disk may say to anybody. Another OSError is a file that we should have looked at first.
_REFUSALS = frozenset(
    getattr(errno, name)
    for name in ("EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "EFBIG", "EIO", "EMFILE", "EBUSY")
)
_BUG = (
    "this is a bug of kb, not of what you gave it. Report it with the lines above: CONTRIBUTING.md"
)
_LACKING = (
    "kb: the Python package '{}' is not installed; `make setup` installs what builds and checks "
    "the site, `make draw` what draws and captures, `make ocr` what reads pictures"
)
try:
    from kb import files, terminal
    from kb.data import beside
    from kb.finding import InputError
except ModuleNotFoundError as error:
    if error.name != "yaml":  # by which our own tables are read
        raise
    print(_LACKING.format(error.name), file=sys.stderr)
    sys.exit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code, as `kb --help` explains them."""
    for stream in (sys.stdout, sys.stderr):  # a terminal may not have every character
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        run: Callable[[argparse.Namespace], int] = options.run
        if (options.root / files.PENDING).is_dir():  # a command was ended while it wrote
            for told in terminal.by_hand("writing").recover(options.root):
                print(f"kb: {told}", file=sys.stderr)
        return run(options)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return terminal.FOUND
    except InputError as error:
        print(f"kb: {error}", file=sys.stderr)
        return terminal.USAGE
    except KeyboardInterrupt:
        return terminal.INTERRUPTED
    except Exception as error:
        lacking = error.name if isinstance(error, ModuleNotFoundError) and error.name else "kb"
        package = lacking.partition(".")[0]
        if not package.startswith("kb"):
            print(_LACKING.format(package), file=sys.stderr)
            return terminal.USAGE
        if isinstance(error, OSError) and error.errno in _REFUSALS:
            print(f"kb: {error.filename or 'writing'}: {error.strerror}", file=sys.stderr)
            return terminal.USAGE
        traceback.print_exc()
        print(f"kb: {_BUG}", file=sys.stderr)
        return terminal.BUG


class _Command(argparse.ArgumentParser):
    """The parser of a command. Its module is loaded when it is used: `kb --help` needs none."""

    fill: Callable[[], None] = staticmethod(lambda: None)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, with the arguments that the command's module has."""
        self.fill()
        return super().parse_known_args(args, namespace)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kb",
        epilog="exit codes: 0 nothing wrong, or warnings alone; 1 errors found, and by status "
        "--strict anything due; 2 wrong usage, or input that cannot be used; 70 a bug of kb; "
        "130 interrupted",
    )
    parser.add_argument(
        "--root", type=Path, default=Path.cwd(), help="the project's folder (default: this one)"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Command)
    for name, known in beside(__file__, "commands.yml").items():
        command = commands.add_parser(name, help=known["help"])
        command.fill = partial(_fill, command, name, known["module"])
    return parser


def _fill(command: argparse.ArgumentParser, name: str, module: str) -> None:
    own = module.startswith("kb.")
    held = importlib.import_module(module) if own else terminal.by_hand(module)
    held.arguments(command, name)


if __name__ == "__main__":
    sys.exit(main())
