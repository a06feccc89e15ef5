"""What browsers read and a strict client refuses: an answer taken as it comes, in HTTP/1.0."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping

import yarl
from multidict import CIMultiDict

_HEAD = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})[^\n]*\n(.*?)(?:\r?\n\r?\n|\Z)(.*)", re.DOTALL)
_CHUNK = re.compile(rb"\s*([0-9a-fA-F]{1,8})[^\n]*\n")
_MARGIN = 256 * 1024  # for the head, beyond what is wanted of the body


async def get(
    url: yarl.URL, ip: str, tls: ssl.SSLContext, headers: Mapping[str, str], most: int
) -> tuple[int, CIMultiDict[str], bytes] | None:
    """Status, headers and at most `most` bytes of body from one address; None: it is no HTTP.

    The server of an HTTP/1.0 request ends its answer by closing (RFC 1945, 1.3), so that odd
    lengths and field names are no matter: of two lengths the first counts, as in browsers.
    """
    secure = {"ssl": tls, "server_hostname": url.host} if url.scheme == "https" else {}
    reader, writer = await asyncio.open_connection(ip, url.port, **secure)  # type: ignore[arg-type]
    try:
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line = f"GET {url.raw_path_qs} HTTP/1.0\r\nHost: {url.raw_authority}\r\n{fields}\r\n"
        writer.write(line.encode("latin-1", "replace"))
        data = bytearray()
        while len(data) <= most + _MARGIN and (chunk := await reader.read(65536)):
            data += chunk
    finally:
        writer.close()
    match = _HEAD.match(data)
    if match is None:
        return None
    told: CIMultiDict[str] = CIMultiDict()
    for field in match[2].decode("utf-8", "replace").splitlines():
        name, colon, value = field.partition(":")
        if colon:
            told.setdefault(name.strip(), value.strip())
    body = bytes(match[3])
    if told.get("transfer-encoding", "").lower() == "chunked":
        whole = _joined(body)
        return None if whole is None else (int(match[1]), told, whole)
    length = re.match(r"\d{1,15}", told.get("content-length", ""))
    return int(match[1]), told, body[: int(length[0])] if length else body


def _joined(body: bytes) -> bytes | None:
    """The chunks of a body as one, as far as they go; None where they are none."""
    parts, at = [], 0
    while chunk := _CHUNK.match(body, at):
        at = chunk.end() + int(chunk[1], 16)
        parts.append(body[chunk.end() : at])
        if not parts[-1]:
            break
    return b"".join(parts) if parts else None
