"""Pictures of the theme: logo, favicon and what templates and style sheets of overrides/ show."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kb.finding import Finding
from kb.pictures import probe
from kb.pictures.checks import problems
from kb.pictures.uses import configured, css_targets, is_picture, named

FOLDER = "overrides"
TEXTS = frozenset({".html", ".css", ".js"})
_QUOTED = re.compile(r"(?i)[\"'](?P<target>\w[\w./-]*\.(?:png|jpe?g|webp|avif|gif|svg|ico))[\"']")


class Theme(NamedTuple):
    """The pictures of overrides/, and the texts that may show them."""

    pictures: Mapping[str, probe.File]  # by path from overrides/
    texts: Mapping[str, str]  # its own and MkDocs' settings, by path from the project's folder
    editions: frozenset[str] = frozenset()  # the pictures of editions, from their folders


def check(theme: Theme) -> list[Finding]:
    """The bytes of the theme's pictures, what shows them, and what is shown but missing."""
    shown = list(_shown(theme))
    named = {target for _, _, target in shown}
    found = []
    for path, file in theme.pictures.items():
        place = f"{FOLDER}/{path}"
        told = list(problems(posixpath.basename(path), file))
        told += [("image-unused", f"nothing shows '{place}'")] * (path not in named)
        found += [Finding(place, 1, rule, message) for rule, message in told]
    known = theme.editions.union(theme.pictures)
    folded = {path.casefold(): path for path in known}
    for text, line, target in shown:
        if target not in known:
            rule, why, hint = "image-missing", "does not exist", ""
            if twin := folded.get(target.casefold()):
                rule, why = "image-case", "is written otherwise than its file"
                hint = f"the file: {twin}"
            found.append(Finding(text, line, rule, f"picture '{target}' {why}", hint))
    return sorted(set(found))


def _shown(theme: Theme) -> Iterator[tuple[str, int, str]]:
    """Every place that names a picture: the file, the line, the picture from overrides/."""
    for name, text in theme.texts.items():
        if name.endswith(".yml"):
            found = configured(text)
        elif name.endswith(".css"):
            inside = posixpath.relpath(posixpath.dirname(name), FOLDER)
            held = ((line, posixpath.join(inside, target)) for line, target in css_targets(text))
            found = ((line, posixpath.normpath(path)) for line, path in held if is_picture(path))
        else:
            found = named(text, _QUOTED)
        yield from ((name, line, target) for line, target in found)
