"""A language of an edition to take along: a zip whose pages work from a folder, without a host."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Collection
from pathlib import Path

from kb import assets, files, kept

FOLDER = "downloads"
_LINK = re.compile(r'(?<=\bhref=")(?![a-z]+:|#|/)([^"#?]*)([^"]*)')
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')  # `self` is no file
_LEFT_OUT = re.compile(r"(^|/)cards/|\.(md|xml|gz|json)$")
_START = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={0}">'


def name(edition: str, locale: str) -> str:
    """Where the zip of a language lies, from the site's root."""
    return f"{FOLDER}/{edition}-{locale}.zip"


def members(site: Path, root: str, others: Collection[str]) -> dict[str, str]:
    """What the zip of the folder `root` of a finished site takes in, with digests."""
    return {
        path: digest
        for path, digest in kept.manifest(site, (root, f"{assets.FOLDER}/")).items()
        if not path.startswith(tuple(others)) and not _LEFT_OUT.search(path)
    }


def pack(site: Path, root: str, others: Collection[str], url: str) -> bytes:
    """The zip of what lies below the folder `root` of a finished site (`2026-11/`), less `others`.

    Links among its pages name files; all others lead to the site at `url`. Same in, same out.
    """
    known = members(site, root, others)

    def local(page: str, text: str) -> str:
        def link(match: re.Match[str]) -> str:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page), match[1]))
            file = posixpath.join(target, "index.html") if match[1].endswith("/") else target
            if file in known:
                return posixpath.relpath(file, posixpath.dirname(page)) + match[2]
            return url + target + "/" * match[1].endswith("/") + match[2]

        return _LINK.sub(link, _POLICY.sub("", text))

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("index.html"), _START.format(f"{root}index.html"))
        for path in known:
            data = files.read_bytes(site / path)
            if path.endswith(".html"):
                data = local(path, data.decode("utf-8")).encode("utf-8")
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return packed.getvalue()
