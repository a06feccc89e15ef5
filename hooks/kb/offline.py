"""A language of an edition to take along: a zip whose pages work from a folder, without a host."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Collection, Container
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
    skipped = tuple(others)
    return kept.manifest(
        site,
        (root, assets.FOLDER),
        lambda path: path.startswith(skipped) or bool(_LEFT_OUT.search(path)),
    )


def pack(site: Path, root: str, others: Collection[str], url: str, cache: Path) -> bytes:
    """The zip of what lies below the folder `root` of a finished site (`2026-11/`), less `others`.

    Links among its pages name files; all others lead to the site at `url`. Same in, same out.
    The file `cache` has its parts for the next time, as they are packed.
    """
    known, memo, out = members(site, root, others), kept.Memo(cache), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.html"), _START.format(f"{root}index.html"))
        # No link leads to a script; those of the search are named anew with any page's text.
        linked = {path for path in known if not path.endswith(".js")}
        common = kept.key(url, root, sorted(linked))
        for path, digest in known.items():
            # zipfile has no way to add what is packed already.
            told = memo.of((common, path, digest), _packed, site, path, linked, url)
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.CRC, entry.file_size, data = told
            entry.compress_size, entry.header_offset = len(data), out.tell()
            out.write(entry.FileHeader() + data)
            archive.filelist.append(entry)
            archive.start_dir = out.tell()
    memo.keep()
    return out.getvalue()


def _packed(site: Path, path: str, known: Container[str], url: str) -> tuple[int, int, bytes]:
    """The checksum, the size and, deflated, the bytes of a member."""
    data, folder = files.read_bytes(site / path), posixpath.dirname(path)

    def link(match: re.Match[str]) -> str:
        target, below = posixpath.normpath(f"{folder}/{match[1]}"), match[1].endswith("/")
        if target + "/index.html" * below in known:
            return match[1] + "index.html" * below + match[2]
        return url + target + "/" * below + match[2]

    if path.endswith(".html"):
        data = _LINK.sub(link, _POLICY.sub("", data.decode("utf-8"))).encode("utf-8")
    return zlib.crc32(data), len(data), zlib.compress(data, wbits=-zlib.MAX_WBITS)
