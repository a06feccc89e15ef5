"""`kb draw --watch`: drawings live in a browser while their text is edited.

The page shows the HTML that the pictures are taken of, in both languages and shapes, with what is
wrong in the source; it follows each save within half a second. The pictures themselves are drawn
anew after each save too.
"""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from urllib.parse import unquote

from kb.drawings import render

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Drawings</title>
<style>
body { margin: 1rem; font: 15px/1.5 system-ui, sans-serif; background: #e9ecef; color: #1f2933; }
h2 { margin: 1.5rem 0 .3rem; font-size: 1rem; } .row { display: flex; flex-wrap: wrap; gap: 1rem; }
iframe { border: 0; } pre { background: #fff1e8; padding: .6rem; white-space: pre-wrap; }
pre:empty { display: none; }
</style>
<body></body>
<script>
const fit = __FIT__;
let seen = "";
const measure = (frame, sizes, note) => {
  const found = frame.contentWindow.eval(`(${fit})`)(sizes);
  const canvas = frame.contentDocument.querySelector(".canvas");
  frame.height = canvas.getBoundingClientRect().height + 2;
  note.textContent = found.problems.map(([text, reason]) => `“${text}” ${reason}`).join("\\n");
};
const show = (drawings) => {
  const held = scrollY;
  document.body.replaceChildren(...drawings.flatMap(({ name, wrong, frames }) => {
    const title = document.createElement("h2");
    title.textContent = name;
    const row = document.createElement("div");
    row.className = "row";
    const told = document.createElement("pre");
    told.textContent = wrong.join("\\n");
    row.append(...frames.map(({ address, width, sizes }) => {
      const cell = document.createElement("div");
      const frame = document.createElement("iframe");
      const note = document.createElement("pre");
      frame.width = width;
      frame.src = address + "?" + seen;
      frame.onload = () => { measure(frame, sizes, note); scrollTo(0, held); };
      cell.append(frame, note);
      return cell;
    }));
    return [title, told, row];
  }));
};
const follow = async () => {
  try {
    const { version, drawings } = await (await fetch("/state")).json();
    if (version !== seen) { seen = version; show(drawings); }
  } catch { /* the command was stopped */ }
  setTimeout(follow, 400);
};
follow();
</script></html>
"""


def state(root: Path, names: Sequence[str]) -> dict[str, object]:
    """What the page shows: each drawing's problems and frames, and a version of all of it."""
    drawings = []
    for path in _sources(root, names):
        drawn, findings = render.load(path, root)
        frames = (
            [
                {
                    "address": f"/{path.stem}/{locale}/{shape}",
                    "width": render.canvas_width(drawn, shape),
                    "sizes": render.sizes(drawn, shape),
                }
                for shape in drawn.shapes
                for locale in render.LOCALES
            ]
            if drawn
            else []
        )
        wrong = [str(finding) for finding in findings]
        drawings.append({"name": path.stem, "wrong": wrong, "frames": frames})
    return {"version": version(root, names), "drawings": drawings}


def version(root: Path, names: Sequence[str]) -> str:
    """A digest of the sources and the kit."""
    files = [*_sources(root, names), *sorted(render.KIT.iterdir())]
    held = b"".join(path.read_bytes() for path in files if path.is_file())
    return hashlib.sha256(held).hexdigest()[:12]


def _sources(root: Path, names: Sequence[str]) -> Iterator[Path]:
    for path in sorted((root / "docs/drawings").glob("*.yml")):
        if not names or path.stem in names:
            yield path


def answer(root: Path, names: Sequence[str], path: str) -> tuple[str, str]:
    """The type and text of an address of the preview; KeyError when there is none."""
    if path == "/":
        fit = (render.KIT / "fit.js").read_text("utf-8")
        return "text/html", PAGE.replace("__FIT__", json.dumps(fit))
    if path == "/state":
        return "application/json", json.dumps(state(root, names))
    name, locale, shape = path.strip("/").split("/")
    sources = {source.stem: source for source in _sources(root, names)}
    drawn, findings = render.load(sources[name], root)
    if drawn is None:
        told = "\n".join(map(str, findings))
        return "text/html", f"<!doctype html><meta charset=utf-8><pre>{escape(told)}</pre>"
    if locale not in render.LOCALES or shape not in drawn.shapes:
        raise KeyError(path)
    return "text/html", render.html(drawn, locale, "phone" if shape == "phone" else "wide")


def server(root: Path, names: Sequence[str], port: int = 0) -> http.server.ThreadingHTTPServer:
    """A server of the preview on this machine alone."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                kind, text = answer(root, names, unquote(self.path.partition("?")[0]))
            except (KeyError, ValueError):
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """An editor's terminal is for what was drawn."""

    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)


def stale_names(root: Path, names: Sequence[str]) -> list[str]:
    """The drawings, of those watched, whose pictures are to be drawn anew."""
    pictures, _ = render.plan(root, names)
    lock, digests = render.read_lock(root), render.digests_of(root, pictures)
    stale = (p.drawing.name for p in pictures if render.reason(p, lock, digests))
    return list(dict.fromkeys(stale))


def watch(
    root: Path,
    names: Sequence[str] = (),
    *,
    port: int = 8001,
    progress: Callable[[str], object] = print,
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Serve the preview and draw what changes, until interrupted or `goes_on` says no."""
    with server(root, names, port) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        progress(f"preview at http://127.0.0.1:{host.server_port}/ (stop with Ctrl+C)")
        seen = ""
        try:
            with render.browser() as chromium:
                while goes_on():
                    now = version(root, names)
                    if now != seen:
                        seen = now
                        if todo := stale_names(root, names):
                            render.draw(root, todo, progress=progress, chromium=chromium)
                    time.sleep(0.3)
        except KeyboardInterrupt:
            return
        finally:
            host.shutdown()
