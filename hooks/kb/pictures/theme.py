"""Pictures of the theme: logo, favicon and what templates and style sheets of overrides/ show."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kb.finding import Finding
from kb.pictures import file_checks, probe
from kb.pictures.uses import configured, css_targets

FOLDER = "overrides"
TEXTS = frozenset({".html", ".css", ".js"})
_QUOTED = re.compile(r"[\"'](?P<target>[\w./-]+\.(?:png|jpe?g|webp|avif|gif|svg|ico))[\"']", re.I)


class Theme(NamedTuple):
    """The pictures of overrides/ (keys: from overrides/), and the texts that may show them.

    These are its own templates, style sheets and scripts, and the settings of MkDocs.
    """

    pictures: Mapping[str, probe.File]
    texts: Mapping[str, str]  # keys: from the project's folder
    editions: frozenset[str] = frozenset()  # the pictures of editions, from their folders


def check(theme: Theme) -> list[Finding]:
    """The bytes of the theme's pictures, what shows them, and what is shown but missing."""
    shown = list(_shown(theme))
    found = []
    for path, file in theme.pictures.items():
        place = f"{FOLDER}/{path}"
        for rule, message in file_checks.problems(posixpath.basename(path), file):
            found.append(Finding(place, 1, rule, message))
        if path not in {target for _, _, target in shown}:
            found.append(Finding(place, 1, "image-unused", f"nothing shows '{place}'"))
    known = theme.editions.union(theme.pictures)
    folded = {path.casefold(): path for path in known}
    for text, line, target in shown:
        twin = folded.get(target.casefold())
        if twin is None:
            message = f"picture '{target}' does not exist"
            found.append(Finding(text, line, "image-missing", message))
        elif target not in known:
            message = f"picture '{target}' is written otherwise than its file"
            found.append(Finding(text, line, "image-case", message, f"the file: {twin}"))
    return sorted(set(found))


def _shown(theme: Theme) -> Iterator[tuple[str, int, str]]:
    """Every place that names a picture: the file, the line, the picture from overrides/."""
    for name, text in theme.texts.items():
        if name.endswith(".yml"):
            for line, target in configured(text):
                yield name, line, target
            continue
        inside = posixpath.relpath(posixpath.dirname(name), FOLDER)
        if name.endswith(".css"):
            for line, target in css_targets(text):
                if posixpath.splitext(target)[1].lower() in probe.SUFFIXES:
                    yield name, line, posixpath.normpath(posixpath.join(inside, target))
            continue
        for line, content in enumerate(text.splitlines(), 1):
            for match in _QUOTED.finditer(content):
                if not match["target"].startswith((".", "/")):
                    yield name, line, match["target"]
