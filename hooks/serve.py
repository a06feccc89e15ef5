"""MkDocs: `mkdocs serve` is taken over by kb_tools.serving, which no build needs or loads."""

import sys
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation

from kb.finding import InputError
from kb.terminal import by_hand
from state import state


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Let our server take the place of the one that MkDocs would start, and of its builds."""
    if command == "serve":
        here = str(Path(__file__).parent)
        sys.path += [here] if here not in sys.path else []  # what is made anew asks other hooks
        try:
            by_hand("serving.server").take_over()
        except InputError as error:
            raise PluginError(str(error)) from None


def on_nav(nav: Navigation, **_: Any) -> None:
    """Let the site that is laid out note the navigation of a language."""
    if state.site:
        state.site.nav = nav


@event_priority(-200)  # after the hooks that set it up
def on_env(env: Environment, *, files: Files, **_: Any) -> None:
    """Let the site that is laid out note what the pages of a language are built with."""
    if state.site:
        state.site.furnish(env, files)
