"""A built site on this machine, served as a static host serves it: below its path, with its 404."""

from __future__ import annotations

import functools
import http.server
import socket
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kb import policy
from kb.finding import InputError


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves `directory` below the path of the site's address."""

    def __init__(self, *arguments: object, base: str, directory: str) -> None:
        self.base = base
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        """The file for a request; outside of the base there is none."""
        if not unquote(path).startswith(self.base):
            return str(Path(self.directory) / "outside" / "of" / "the" / "site")
        return super().translate_path("/" + path.removeprefix(self.base))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is missing with the site's own page, as hosts do."""
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.exists():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def list_directory(self, path: object) -> None:
        """A folder without a page is missing: hosts list none."""
        self.send_error(404)

    def end_headers(self) -> None:
        """Send what a host should send with every answer."""
        if not urlsplit(getattr(self, "path", "")).path.endswith(policy.SPARED):
            self.send_header("Content-Security-Policy", policy.HEADER)
        for name, value in policy.HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing of requests that go well."""


class Server(http.server.ThreadingHTTPServer):
    """Answers each request in a thread of its own."""

    def handle_error(self, request: object, address: object) -> None:
        """Say nothing of a browser that goes before it has its whole answer: many do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, address)  # type: ignore[arg-type]


def free(port: int) -> int:
    """A port that nobody here listens at; InputError, with one that is free, if it is taken."""
    if _is_free(port):
        return port
    other = next(filter(_is_free, range(port + 1, 65536)), None)
    hint = f": PORT={other} or --port {other} is free" if other else ""
    raise InputError(f"port {port} is taken on this machine{hint}")


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def server(site: Path, site_url: str, port: int = 0) -> Server:
    """A server for `site` on this machine alone, at `port` or any free one."""
    base = urlsplit(site_url).path or "/"
    handler = functools.partial(Handler, base=base, directory=str(site))
    return Server(("127.0.0.1", port), handler)


def serve(site: Path, site_url: str, port: int = 8000) -> None:
    """Serve until the person at the keyboard has seen enough."""
    with server(site, site_url, port) as host:
        print(f"http://127.0.0.1:{port}{urlsplit(site_url).path or '/'}  (Ctrl+C ends it)")
        try:
            host.serve_forever()
        except KeyboardInterrupt:
            print()
