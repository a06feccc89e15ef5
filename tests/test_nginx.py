"""The host of deploy/nginx, asked as browsers and robots ask it, header by header."""

from __future__ import annotations

import gzip
import http.client
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import nginx
from conftest import ROOT, built_pages, kb, small_project
from kb import policy

pytestmark = pytest.mark.skipif(
    not nginx.program() and "CI" not in os.environ, reason="no nginx: `make nginx` unpacks one"
)
Answer = tuple[int, http.client.HTTPMessage, bytes]
Ask = Callable[..., Answer]


def put(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [nginx.HERE / "put.sh", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole site below no path, small: one edition, one page, two languages."""
    folder = tmp_path_factory.mktemp("small")
    project = small_project(folder / "project")
    done = kb("build", "--site-url", "https://guide.test/", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    return project / "site"


@pytest.fixture(scope="module")
def shown(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the host shows."""
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    done = put(built, folder / "guide")
    assert done.returncode == 0, done.stderr
    return folder / "guide/now"


@pytest.fixture(scope="module")
def ask(shown: Path) -> Iterator[Ask]:
    """Ask the host for a path; nothing is followed and nothing unpacked."""
    with nginx.serve(shown, shown.parent.parent) as address:
        yield _asking(address)


def _asking(address: str) -> Ask:
    def ask(path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=names)
        answer = connection.getresponse()
        found = answer.status, answer.headers, answer.read()
        connection.close()
        return found

    return ask


def _a(built: Path, pattern: str) -> str:
    """The address of a file of the site, by its pattern."""
    return "/" + min(built.glob(pattern)).relative_to(built).as_posix()


@pytest.mark.parametrize(
    ("path", "kind", "language"),
    [
        ("/", "text/html; charset=utf-8", None),
        ("/2026-11/", "text/html; charset=utf-8", "zh-Hans"),
        ("/2026-11/en/", "text/html; charset=utf-8", "en"),
        ("/2026-11/en/index.md", "text/markdown; charset=utf-8", "en"),
        ("/rules/link-broken/", "text/html; charset=utf-8", None),
        ("/robots.txt", "text/plain; charset=utf-8", None),
        ("/sitemap.xml", "text/xml; charset=utf-8", None),
        ("/feed.xml", "application/atom+xml; charset=utf-8", None),
        ("/en/feed.xml", "application/atom+xml; charset=utf-8", None),
        ("/versions.json", "application/json; charset=utf-8", None),
    ],
)
def test_each_kind_is_called_what_it_is_in_its_language_and_asked_for_anew(
    ask: Ask, path: str, kind: str, language: str | None
) -> None:
    status, headers, body = ask(path)
    assert status == 200
    assert body
    assert headers["Content-Type"] == kind
    assert headers["Content-Language"] == language
    assert headers["Cache-Control"] == "no-cache"
    again, _, nothing = ask(path, If_None_Match=headers["ETag"])
    assert (again, nothing) == (304, b"")


def test_the_language_is_what_the_page_says(ask: Ask, built: Path) -> None:
    for page in built_pages(built / "2026-11"):
        folder = page.parent.relative_to(built).as_posix()
        said = page.read_text("utf-8").partition('<html lang="')[2].partition('"')[0]
        assert ask(f"/{folder}/")[1]["Content-Language"] == said


@pytest.mark.parametrize(
    "path", ["/", "/2026-11/en/", "/nowhere/", "/robots.txt", "/2026-11/cards/"]
)
def test_every_answer_carries_the_policy_and_what_goes_with_it(ask: Ask, path: str) -> None:
    _, headers, _ = ask(path)
    assert headers["Content-Security-Policy"] == policy.HEADER
    assert {name: headers[name] for name in policy.HEADERS} == policy.HEADERS
    assert headers["Server"] == "nginx"  # and not which


def test_a_picture_alone_is_spared_the_policy(ask: Ask, built: Path) -> None:
    status, headers, _ = ask(_a(built, "2026-11/cards/zh/*.png"))
    assert status == 200
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Security-Policy"] is None
    assert headers["X-Content-Type-Options"] == "nosniff"
    conf = (nginx.HERE / "guide.conf").read_text("utf-8")
    assert f"~*\\.({'|'.join(sorted(s[1:] for s in policy.SPARED))})$" in conf


@pytest.mark.parametrize(
    "pattern", ["assets/*/style.css", "assets/*/search/box.js", "2026-11/search/*/core.js"]
)
def test_what_is_named_by_its_content_is_kept_for_ever(ask: Ask, built: Path, pattern: str) -> None:
    status, headers, _ = ask(_a(built, pattern))
    assert status == 200
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_what_is_named_for_ever_is_not(ask: Ask, built: Path) -> None:
    assert ask(_a(built, "2026-11/search/index.js"))[1]["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        *("/nowhere/", "/2026-11/en/nowhere/", "/404.html", "/.kb-build", "/%2ekb-build"),
        *("/2026-11/cards/", "/assets/", "/downloads/", "/2026-11/index.html.gz"),
        *("/..%2f..%2fetc/passwd", "/2026-11/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
    ],
)
def test_what_is_not_there_is_the_page_that_says_so(ask: Ask, built: Path, path: str) -> None:
    """In both languages; no folder lists what it holds, and nothing outside of the site is told."""
    status, headers, body = ask(path)
    if status == 400:  # a path that leads out is not even looked for
        assert "etc/passwd" in path
        return
    assert status == 404
    assert body == (built / "404.html").read_bytes()
    assert headers["Cache-Control"] is None
    assert headers["Content-Language"] is None


def test_a_folder_without_its_slash_leads_to_it_wherever_the_host_stands(ask: Ask) -> None:
    status, headers, _ = ask("/2026-11/en")
    assert (status, headers["Location"]) == (301, "/2026-11/en/")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("//", "/"),
        ("/2026-11//en/", "/2026-11/en/"),
        ("/2026-11/en//?a=//b", "/2026-11/en/?a=//b"),
        ("//evil.test/", "/evil.test/"),
        ("//%0d%0aSet-Cookie:x/", "/%0D%0ASet-Cookie:x/"),
    ],
)
def test_a_doubled_slash_leads_to_the_page_and_to_no_other_host(
    ask: Ask, path: str, to: str
) -> None:
    status, headers, _ = ask(path)
    assert (status, headers["Location"], headers["Set-Cookie"]) == (301, to, None)
    assert ask("/2026-11/en/?a=//b")[0] == 200


def test_what_proves_the_name_to_others_is_shown(ask: Ask, shown: Path) -> None:
    (shown / ".well-known/acme-challenge").mkdir(parents=True)
    (shown / ".well-known/acme-challenge/token").write_text("proof", "utf-8")
    assert ask("/.well-known/acme-challenge/token")[2] == b"proof"
    (shown / ".well-known/.hidden").touch()
    assert ask("/.well-known/.hidden")[0] == 404


@pytest.mark.parametrize(
    ("asked", "status", "length"),
    [("bytes=0-99", 206, 100), ("bytes=-1", 206, 1), ("bytes=99999999-", 416, None)],
)
def test_a_part_is_sent_to_who_goes_on_with_it(
    ask: Ask, built: Path, asked: str, status: int, length: int | None
) -> None:
    found, headers, body = ask("/2026-11/en/", Range=asked)
    size = (built / "2026-11/en/index.html").stat().st_size
    assert found == status
    assert headers["Content-Range"].endswith(f"/{size}")
    assert length is None or len(body) == length
    # Of a page that has changed since, the whole.
    again, _, body = ask("/2026-11/en/", Range="bytes=0-99", If_Range='"an older one"')
    assert (again, len(body)) == (200, size)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_sent(ask: Ask, method: str) -> None:
    assert ask("/2026-11/", method)[0] == 405


def test_texts_come_packed_beforehand_to_who_takes_them(ask: Ask, built: Path) -> None:
    status, headers, body = ask("/2026-11/en/", Accept_Encoding="gzip")
    plain = (built / "2026-11/en/index.html").read_bytes()
    assert (status, headers["Content-Encoding"], headers["Vary"]) == (
        200,
        "gzip",
        "Accept-Encoding",
    )
    assert gzip.decompress(body) == plain
    assert len(body) < len(plain) / 2
    assert int(headers["Content-Length"]) == len(body)  # of a file: nothing is packed on the way
    _, headers, body = ask("/2026-11/en/")
    assert headers["Content-Encoding"] is None
    assert body == plain


def test_a_packed_file_is_told_as_what_it_holds(ask: Ask) -> None:
    _, headers, _ = ask("/2026-11/en/index.md", Accept_Encoding="gzip")
    assert headers["Content-Type"] == "text/markdown; charset=utf-8"


@pytest.mark.skipif(not nginx.brotli(), reason="no brotli module")
def test_brotli_is_sent_where_it_was_packed(built: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert put(built, tmp_path / "guide").returncode == 0
    page = tmp_path / "guide/now/2026-11/index.html"
    page.with_name("index.html.br").write_bytes(b"packed")
    with nginx.serve(tmp_path / "guide/now", tmp_path, "brotli_static on;") as address:
        _, headers, body = _asking(address)("/2026-11/", Accept_Encoding="gzip, br")
    assert (headers["Content-Encoding"], body) == ("br", b"packed")


# ---- putting it there


def test_a_site_is_put_in_one_step_and_can_go_back(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "guide"
    shown = []
    for _ in range(4):
        assert put(built, folder).returncode == 0
        shown.append((folder / "now").readlink().name)
        assert (folder / "now/2026-11/index.html.gz").exists()
        assert (folder / "now/404.html").read_bytes() == (built / "404.html").read_bytes()
    held = sorted(path.name for path in folder.iterdir())
    assert held == [*shown[1:], "now"]
    assert put("--back", folder).returncode == 0
    assert (folder / "now").readlink().name == shown[2]
    assert put("--back", folder).returncode == 0
    done = put("--back", folder)
    assert (done.returncode, (folder / "now").readlink().name) == (1, shown[1])
    assert "nothing is older" in done.stderr


def test_what_is_as_it_was_is_still_what_browsers_hold(built: Path, tmp_path: Path) -> None:
    site, folder = tmp_path / "site", tmp_path / "guide"
    shutil.copytree(built, site)
    assert put(site, folder).returncode == 0
    for path in (folder / "now").resolve().rglob("*"):
        os.utime(path, (1, 1))
    page = site / "2026-11/index.html"
    page.write_bytes(page.read_bytes().replace(b"a", b"b", 1))  # as long as before
    (site / "new.html").write_text("new", "utf-8")
    assert put(site, folder).returncode == 0
    now = (folder / "now").resolve()
    changed = {p.relative_to(now).as_posix() for p in now.rglob("*.*") if p.stat().st_mtime > 1}
    packed = {f"2026-11/index.html.{kind}" for kind in ("gz", "br")}  # brotli, where there is one
    assert changed | packed == {"2026-11/index.html", "new.html", *packed}
    assert "2026-11/index.html.gz" in changed


def test_each_text_is_packed_once_in_each_way(built: Path, tmp_path: Path) -> None:
    brotli = tmp_path / "bin/brotli"
    brotli.parent.mkdir()
    brotli.write_text('#!/bin/sh\nshift 4; for file; do echo packed > "$file.br"; done\n')
    brotli.chmod(0o755)
    paths = {"PATH": f"{brotli.parent}:{os.environ['PATH']}"}
    command = [nginx.HERE / "put.sh", built, tmp_path / "guide"]
    subprocess.run(command, env={**os.environ, **paths}, check=True, capture_output=True)
    now = tmp_path / "guide/now"
    packed = [{p.with_suffix("") for p in now.rglob(f"*.{kind}")} for kind in ("gz", "br")]
    assert packed[0] == packed[1] != set()
    assert not {path.suffix for path in packed[0]} & {".gz", ".br", ".png", ".zip"}


def test_what_no_build_made_is_not_put_anywhere(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    done = put(tmp_path / "site", tmp_path / "guide")
    assert (done.returncode, (tmp_path / "guide").exists()) == (2, False)
    assert "no site that `kb build` made" in done.stderr
    assert put(ROOT).returncode == 2


def test_what_was_given_up_half_way_is_gone_with_the_next(built: Path, tmp_path: Path) -> None:
    (tmp_path / "guide/20200101T000000.0.new").mkdir(parents=True)
    assert put(built, tmp_path / "guide").returncode == 0
    assert len(list((tmp_path / "guide").iterdir())) == 2
