"""The theme's style and scripts: one of each for the whole site, named by what is in them."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kb import files

FOLDER = "assets"
# Parts in a folder, in order of name, become one file.
JOINED = {"style": "style.css", "script": "script.js", "search/worker": "search/worker.js"}


class Assets(NamedTuple):
    """Files by path below `folder`, whose name changes with any of them: kept for ever by hosts."""

    folder: str  # a path from the root of the site
    files: Mapping[str, bytes]


NONE = Assets("", {})


def read(sources: Path) -> Assets:
    """The assets of a theme's folder `assets`."""
    found: dict[str, bytes] = {}
    for path in sorted(path for path in sources.rglob("*") if path.is_file()):
        name = path.relative_to(sources).as_posix()
        name = JOINED.get(name.rpartition("/")[0], name)
        found[name] = found.get(name, b"") + files.read_bytes(path)
    content = b"".join(name.encode() + data for name, data in found.items())
    return Assets(f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:8]}/", found)


def write(assets: Assets, site: Path) -> None:
    """Put the assets into the root of a site."""
    for name, data in assets.files.items():
        files.put(site, assets.folder + name, data)
