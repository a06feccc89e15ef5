"""The server of `mkdocs serve`: it follows each save, answers while a build goes on, never ends.

It outlives the modules of a build, which a save of code loads anew: nothing here is of `kb`.
MkDocs 1.6.1 is frozen; of its `LiveReloadServer` all is used but the loop that builds, which holds
`_rebuild_cond` to learn that something was saved, and `_epoch_cond` to say that something is done.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import logging
import os
import posixpath
import signal
import sys
import threading
import traceback
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import mkdocs.commands.serve
from mkdocs.config.config_options import Hooks
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from watchdog.observers import Observer

log = logging.getLogger("mkdocs.hooks.serve")

OWN = Path(__file__).parent  # has the page's script and style: bar.js, bar.css
QUIET = 0.03  # seconds without a save after which one is followed: editors write in steps
AHEAD = 0.1  # seconds for the tabs to load what is made first, before all else is made
RECENT = 8  # pages that count as open

Stamps = dict[str, tuple[int, int]]  # of files, by path from the project's folder


def take_over() -> None:
    """Take the place of the server that MkDocs would start, and of its builds."""
    if vars(mkdocs.commands.serve)["LiveReloadServer"] is LiveReloadServer:
        names: Any = mkdocs.commands.serve
        names.LiveReloadServer, names.build = Server, Server.begin
        # What is shown stays till it is replaced.
        mkdocs.utils.clean_directory = lambda directory: None
        # What they tell is told as findings, and what has changed alone.
        for name in ("commands.build", "hooks.kb", "plugins.mkdocs_static_i18n"):
            logging.getLogger(f"mkdocs.{name}").setLevel(logging.CRITICAL)


class Server(LiveReloadServer):
    """A `LiveReloadServer` that builds page by page: `site` is the `Site` of site.py."""

    one: Server
    site: Any = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        Server.one = self
        self.observer = Observer()  # type: ignore[assignment]  # not the one that polls
        self.build_delay = QUIET
        self._home = Path()
        self._stamps: Stamps = {}
        self._tried: Stamps = {}  # that were followed last; reading them, too, is told as a save
        self._code = True  # the hooks were loaded for the site to come
        self._open: dict[str, None] = {}  # pages, the last one that was asked for last
        self._plain = 0  # how often files besides pages changed
        self._told: list[str] = []  # the findings that the terminal knows
        self._tells = 0  # how often they changed
        self._child = 0  # the process that follows behind
        self._result: Any = None  # what it found

    # ---- building

    @staticmethod
    def begin(config: MkDocsConfig, **_: Any) -> None:
        """Take the place of MkDocs' build: lay out a site, whose pages are made one by one."""
        self = Server.one
        home = Path(config.config_file_path).parent.resolve()
        # What MkDocs does not watch: what it runs, all of docs/, settings that others inherit.
        self.look(home, (home / "docs", home / "hooks", OWN, *map(Path, config.watch)))
        if self._code and self.site:
            config.plugins.on_startup(command="serve", dirty=False)
        site = importlib.import_module("kb_tools.serving.site").Site(config)
        self._code = False
        try:
            site.lay_out()
        except (Exception, SystemExit) as error:
            if self.site:
                raise
            site.fault(None, error)  # there is none before it that could tell
        self.site = site

    def look(self, home: Path, folders: Iterable[Path]) -> None:
        """Watch the settings of a project and all below some folders, as they are by now."""
        self._home = home
        self.watch(str(home), recursive=False)
        for folder in filter(Path.exists, folders):
            self.watch(str(folder))
        self._stamps = self._stamps or self._seen()

    def _anew(self, code: bool) -> None:
        """Build again from the settings, with `code` by modules loaded anew; or tell why not."""
        said = Said()
        logging.getLogger("mkdocs").addHandler(said)
        try:
            if code:
                self._forget()
            self.builder()  # MkDocs' own: it loads the settings and comes to `begin`
        except (Exception, SystemExit) as error:
            if self.site.fault(None, error, said=said.last):
                traceback.print_exc()
        finally:
            logging.getLogger("mkdocs").removeHandler(said)

    def _forget(self) -> None:
        Hooks._load_hook.cache_clear()
        importlib.invalidate_caches()
        sys.dont_write_bytecode = True  # two saves in one second look alike to what is compiled
        self._code = True
        for name, module in list(sys.modules.items()):
            file = Path(getattr(module, "__file__", None) or "")
            if name != __name__ and any(map(file.is_relative_to, (self._home / "hooks", OWN))):
                del sys.modules[name]

    def _build_loop(self) -> None:
        self._want_rebuild = True  # it may have been saved before anybody watched
        self._tell()
        while not self._shutdown:
            try:
                self._step()
            except Exception:  # a bug of ours: the tabs stay all the same
                traceback.print_exc()

    def _step(self) -> None:
        """Do the one thing that is most urgent, or wait for one."""
        if self._want_rebuild:
            self._follow()
        elif job := self.site.next(reversed(list(self._open))):
            self._make(job)
        elif self._result is not None:
            result, self._result = self._result, None
            self.site.take(*result)
            self._tell()
        elif self.site.stale and not self._child:
            self.site.finish()
            self._fork()
        else:
            self._pause(self.shutdown_delay)

    def _seen(self) -> Stamps:
        """What is on disk of all that is watched; not what editors leave beside it."""
        found = {path.name: path for path in self._home.glob("mkdocs*.yml")}
        tops = [Path(top) for top in self._watched_paths if Path(top) != self._home]
        for top in (top for top in tops if not set(top.parents).intersection(tops)):
            for folder, folders, names in os.walk(top):
                folders[:] = [name for name in folders if name[0] != "." and name != "__pycache__"]
                inside = os.path.relpath(folder, self._home)
                for name in names:
                    if name[0] != "." and name[-1] != "~" and "." in name:
                        found[f"{inside}/{name}"] = Path(folder, name)
        stamps = {}
        for name, path in found.items():
            with suppress(OSError):  # it is gone again
                stat = path.stat()
                stamps[name] = (stat.st_mtime_ns, stat.st_size)
        return stamps

    def _pause(self, seconds: float) -> None:
        with self._rebuild_cond:
            if not (self._want_rebuild or self._shutdown or self._result):
                self._rebuild_cond.wait(seconds)

    def _follow(self) -> None:
        with self._rebuild_cond:
            while self._rebuild_cond.wait(self.build_delay):
                pass
            self._want_rebuild = False
        was, now = self._stamps, self._seen()
        saved = [path for path, stamp in now.items() if was.get(path) != stamp]
        gone = [path for path in was if path not in now]
        if now in (was, self._tried):
            return
        self._tried = now
        log.info("saved: %s", ", ".join([*saved, *gone]))
        self._stop()
        try:
            if plan := self.site.follow(saved, gone):  # else it is followed with the next save
                self._stamps = now
                self._plain += bool(plan.files)
                if plan.whole or not self.site.languages:
                    self._anew(plan.code)
        except Exception as error:
            if self.site.fault("read", error):
                traceback.print_exc()
        self._tell()

    def _make(self, job: Any) -> None:
        path = self.site.make(job)
        with self._epoch_cond:
            self._epoch_cond.notify_all()
        if path in self._open:
            self._tell()
            if self.site.todo:
                self._pause(AHEAD)

    def _tell(self) -> None:
        """Say on the terminal what has changed of the findings, and let the tabs know."""
        now, was = [str(found) for found in self.site.findings], self._told
        if now == was:
            return
        for found in filter(set(now).difference(was).__contains__, now):
            log.warning("%s", found)
        for found in filter(set(was).difference(now).__contains__, was):
            log.info("mended: %s", found.partition("\n")[0])
        with self._epoch_cond:
            self._told, self._tells = now, self._tells + 1
            self._epoch_cond.notify_all()

    # ---- what follows behind, in a process of its own: a save ends it

    def _fork(self) -> None:
        read, write = os.pipe()
        child = self._child = os.fork()
        if not child:
            try:
                os.setpgid(0, 0)
                os.closerange(3, write)  # the browsers' connections, too
                os.closerange(write + 1, 1024)
                texts, found = self.site.behind()
                held = [texts, [dataclasses.astuple(each) for each in found]]
                with os.fdopen(write, "w", errors="surrogatepass") as out:
                    json.dump(held, out)
            except BrokenPipeError:  # nobody waits for it any more
                pass
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(write)
        threading.Thread(target=self._receive, args=(read, child), daemon=True).start()

    def _receive(self, read: int, child: int) -> None:
        with os.fdopen(read, errors="surrogatepass") as given:
            text = given.read()
        os.waitpid(child, 0)
        with self._rebuild_cond:
            if self._child == child:  # else nobody waits for it any more
                self._child, self._result = 0, json.loads(text or "[{}, []]")
                self._rebuild_cond.notify_all()

    def _stop(self) -> None:
        with self._rebuild_cond:
            child, self._child, self._result = self._child, 0, None
        for end in (os.killpg, os.kill) if child else ():  # it may not lead a group yet
            with suppress(OSError):
                end(child, signal.SIGKILL)

    def shutdown(self, wait: bool = False) -> None:
        """End the server and what it started."""
        self._stop()
        super().shutdown(wait)

    # ---- answers

    def _serve_request(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes] | None:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "ignore")
        if path.startswith("/livereload"):
            data = (OWN / f"bar{path[11:]}").read_bytes() if "." in path else self._wait(environ)
            kind = self._guess_type(path if "." in path else ".json")  # type: ignore[no-untyped-call]
            start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(data)))])
            return [data]
        page = self._page(path)
        with self._epoch_cond:
            self._epoch_cond.wait_for(lambda: self.site.places.get(page) not in self.site.todo, 60)
        found = super()._serve_request(environ, start_response)
        if found is None and page.endswith(".html"):
            start_response("404 Not Found", [("Content-Type", "text/html; charset=utf-8")])
            return [
                self._inject_js_into_html(self.site.missing(page).encode(), self._version(page))
            ]
        return found

    def _page(self, path: str) -> str:
        """The page that a path asks for, from the site's folder; it counts as open from now on."""
        inside = posixpath.normpath("/" + path.removeprefix(self.mount_path)).lstrip("/")
        page = posixpath.join(inside, "index.html") if path.endswith("/") else inside
        if page.endswith(".html"):
            with self._rebuild_cond:
                recent = [each for each in self._open if each != page][1 - RECENT :]
                self._open = dict.fromkeys([*recent, page])
                self._rebuild_cond.notify_all()
        return page

    def _version(self, page: str) -> str:
        file = Path(self.root, page)
        return f"{self._plain}.{zlib.crc32(file.read_bytes() if file.is_file() else b'')}"

    def _inject_js_into_html(self, content: bytes, epoch: int | str) -> bytes:
        version = epoch if isinstance(epoch, str) else f"{self._plain}.{zlib.crc32(content)}"
        script = f'<script src="/livereload.js" data-at="{version}"></script>'.encode()
        head, end, foot = content.rpartition(b"</body>")
        return head + script + end + foot if end else content + script

    def _wait(self, environ: dict[str, Any]) -> bytes:
        """What a tab shall know of its page, when that is other than it knows, or after a while."""
        asked = parse_qs(environ["QUERY_STRING"])
        path, *known = (asked.get(key, [""])[0] for key in ("page", "at", "told"))
        page = self._page(path)
        with self._epoch_cond:
            self._epoch_cond.wait_for(lambda: [self._version(page), str(self._tells)] != known, 50)
        state = {"at": self._version(page), "told": str(self._tells), **self.site.told(page)}
        return json.dumps(state).encode()


class Said(logging.Handler):
    """The last error that was logged."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        if record.levelno >= logging.ERROR:
            self.last = record.getMessage()
