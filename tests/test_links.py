"""`kb links` as its users give it: what to check, what to leave out, how hosts are asked."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

import webserver
from conftest import ROOT, kb, small_project
from golden import write
from kb import project
from kb.__main__ import main
from kb.finding import InputError
from kb.references import extract
from kb_tools.links import check_guide
from kb_tools.web import hosts
from kb_tools.web.hosts import Host
from kb_tools.web.safety import Forbidden, check
from kb_tools.web.verdict import judge
from test_web import NOW, fetch, job, link, options, settings
from webserver import Server

PAGE = '<!doctype html><html lang="en"><title>t</title><body>'


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    async def picky(request: web.Request) -> web.StreamResponse:
        fine = request.headers.get("Authorization") == "Basic bWU6d29yZA=="
        return web.Response(status=200 if fine else 401)

    async def named(request: web.Request) -> web.StreamResponse:
        return webserver.html(f"{request.headers['User-Agent']} {request.headers.get('X-Key')}")

    async def copies(request: web.Request) -> web.StreamResponse:
        found = {} if "bad-request" in request.query["url"] else {"closest": {"url": "http://old"}}
        return web.json_response({"archived_snapshots": found})

    with webserver.serve({"/picky": picky, "/named": named, "/copies": copies}) as running:
        yield running


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["links", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


# --- what is checked --------------------------------------------------------------------------
def test_markdown_files_are_checked_by_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """# A `b` c!

[here](#a-b-c) [there](docs/b.md#two-words-1) [folder](docs/) ![](gone.png)
[lost](docs/b.md#two) `[code](gone.md)` <a href="gone.html">x</a> [id](docs/b.md#own)
"""
    text += "[issue](../../issues/3) [![](../../actions/x.svg)](docs)\n"
    files = {"README.md": text, "docs/b.md": "## Two words\n\n## Two words\n\n## x { #own }\n"}
    monkeypatch.chdir(write(tmp_path, files))
    found = [
        "./README.md:3:63: picture 'gone.png' does not exist [image-missing]",
        "./README.md:4:1: link 'docs/b.md#two': 'docs/b.md' has no id 'two' [anchor-broken]",
        "./README.md:4:41: link 'gone.html' leads nowhere [link-broken]",
    ]
    for what, pages in (("README.md", "1 page"), (".", "2 pages")):
        code, out, err = run(capsys, what, "--offline")
        assert (code, out.splitlines()) == (1, found)
        assert err.splitlines()[-1] == f"10 references of {pages}: 3 errors, 0 warnings"


def test_the_guide_for_contributors_is_checked_with_the_sources(tmp_path: Path) -> None:
    root, guide = small_project(tmp_path / "p"), "docs/contributing/en/a.md"
    good = "# A b\n\n[own](#a-b) [page](../../2026-11/en/index.md) [out](../../../../../issues)\n"
    given = "## C { #own }\n\n<i id=raw></i>\n\n## A b\n\n[d](#c--own-) [r](#raw) [f](#a-b-1)\n"
    write(root, {guide: f"{good}\n{given}"})
    assert check_guide(project.read(root)) == []
    write(root, {guide: f"{good}\n{given}[e](#own) [g](#a-b-0) [h](#a-b-2) [i](#c)\n"})
    assert sorted(found.col for found in check_guide(project.read(root))) == [1, 11, 23, 35]
    bad = "[own](#a-c) [page](../../2026-11/en/none.md) [file](b.md) [up](../../../README.md#x)\n"
    write(root, {guide: good, "README.md": "# X\n\n[a](docs/contributing/en/a.md#a-b)\n"})
    assert check_guide(project.read(root)) == []
    write(root, {guide: good + bad, "README.md": "[a](docs/contributing/en/b.md)\n"})
    found = [
        f"{found.path}:{found.line}:{found.col} {found.rule}"
        for found in check_guide(project.read(root))
    ]
    assert found == [
        "README.md:1:1 link-broken",
        f"{guide}:4:1 anchor-broken",
        f"{guide}:4:59 anchor-broken",
        f"{guide}:4:13 link-broken",
        f"{guide}:4:46 link-broken",
    ]
    told = kb("check", cwd=root)
    assert f"{guide}:4:46: link 'b.md' leads nowhere [link-broken]" in told.stdout
    assert told.returncode == 1


def test_beside_pages_markdown_is_only_their_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"index.html": PAGE, "notes.md": "[x](gone.html)"})
    assert run(capsys, str(tmp_path), "--offline")[:2] == (0, "")


def test_files_elsewhere_are_checked_from_where_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        tmp_path, {"here/x.txt": "", "there/a/b.md": "[x](../c.md) [y](../d.md)", "there/c.md": ""}
    )
    monkeypatch.chdir(tmp_path / "here")
    code, out, _ = run(capsys, "../there/a/b.md", "../there/c.md", "--offline")
    assert (code, out.split(" → ")[0]) == (
        1, "./a/b.md:1:14: link '../d.md' leads nowhere [link-broken]\n"
    )  # fmt: skip


def test_ids_of_a_page_beside_a_markdown_file_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"a.md": "[x](b.html#in) [y](b.html#out)", "b.html": "<p id=in>"})
    code, out, _ = run(capsys, str(tmp_path / "a.md"), "--offline")
    assert code == 1
    assert "a.md:1:16: link 'b.html#out': 'b.html' has no id 'out' [anchor-broken]" in out
    assert "#in" not in out


def test_pages_of_the_web_are_read_for_their_links(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    async def listed(_request: web.Request) -> web.StreamResponse:
        body = '<base href="/sub/"><a href="../missing">x</a>\n<a href="//127.0.0.1:{}/page">x</a>'
        return webserver.html(body.format(port) + '<a href="mailto:a@a.test">m</a>')

    with webserver.serve({"/listed": listed}) as other:
        port = other.ports["http"]
        url = f"http://127.0.0.1:{port}/listed"
        code, out, err = run(capsys, url, "--allow-private", "--format", "json")
        assert (code, err) == (1, "")
        (found,) = map(json.loads, out.splitlines())
        assert (found["url"], found["rule"]) == (f"http://127.0.0.1:{port}/missing", "web-broken")
        assert (found["file"], found["line"]) == (url, 1)
        code, out, _ = run(capsys, url, "--allow-private", "--dump")
        assert (code, [line.split(": ")[1] for line in out.splitlines()]) == (
            0, [url, f"http://127.0.0.1:{port}/missing", f"http://127.0.0.1:{port}/page"]
        )  # fmt: skip


def test_a_dump_lists_addresses_and_checks_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"index.html": f'{PAGE}<a href="gone">x</a>\n<img src=" a.png ">'})
    code, out, err = run(capsys, str(tmp_path), "--dump")
    assert (code, err) == (0, "")
    assert out == f"{tmp_path}/index.html:1:54: gone\n{tmp_path}/index.html:2:1: a.png\n"


# --- what is left out -------------------------------------------------------------------------
LEFT = (
    f'{PAGE}<nav><a href="gone1">x</a></nav><p class="x y"><a href="gone2">x</a></p>'
    '<a href="%E4%BD%A0">x</a><a href="">x</a><i data-x><a href="gone3">x</a></i>'
)


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ((), ["%E4%BD%A0", "gone1", "gone2", "gone3", ""]),
        (("--ignore-in", "nav"), ["%E4%BD%A0", "gone2", "gone3", ""]),
        (("--ignore-in", ".y"), ["%E4%BD%A0", "gone1", "gone3", ""]),
        (("--ignore-in", ".z"), ["%E4%BD%A0", "gone1", "gone2", "gone3", ""]),
        (("--ignore-in", "[data-x]"), ["%E4%BD%A0", "gone1", "gone2", ""]),
        (("--ignore", "你"), ["gone1", "gone2", "gone3", ""]),
        (("--ignore", "^%E4"), ["gone1", "gone2", "gone3", ""]),
        (("--ignore", "^$"), ["%E4%BD%A0", "gone1", "gone2", "gone3"]),
        (("--allow", "link-broken"), [""]),
    ],
)
def test_what_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], left: list[str]
) -> None:
    write(tmp_path, {"index.html": LEFT})
    _, out, _ = run(capsys, str(tmp_path), "--offline", "--format", "json", *arguments)
    found = [json.loads(line)["url"] for line in out.splitlines()]
    assert sorted(found) == sorted(left)
    if "" in left:
        assert found[-1] == ""  # a warning, behind the errors


@pytest.mark.parametrize(("count", "shown"), [(20, 20), (21, 20), (25, 20)])
def test_many_warnings_of_one_rule_are_cut_short_for_people_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], count: int, shown: int
) -> None:
    lines = "".join(f'<a href="">{n}</a>\n' for n in range(count))
    write(tmp_path, {"index.html": PAGE + lines + '<a href="gone">x</a>'})
    _, out, err = run(capsys, str(tmp_path), "--offline")
    assert out.splitlines()[0].endswith("'gone' leads nowhere [link-broken]")
    assert len(out.splitlines()) == 1 + shown
    said = f"{count - shown} more of link-self: --out FILE has all, --allow link-self none\n"
    assert (said in err) == (count > shown)
    assert "\n21 references" in err or count > shown
    _, out, _ = run(capsys, str(tmp_path), "--offline", "--format", "json")
    assert len(out.splitlines()) == 1 + count


def test_our_ledger_says_nothing_of_another_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"index.html": f"{PAGE}<p>no link</p>"})
    assert main(["--root", str(ROOT), "links", str(tmp_path), "--format", "json"]) == 0
    assert capsys.readouterr().out == ""


# --- how hosts are asked ----------------------------------------------------------------------
HOSTS = """
site.test: {sign_in: $LOGIN, headers: {X-Key: "a$KEY"}, at_once: 1, timeout: 3}
"*.test": {headers: {x-key: far, User-Agent: mine}, accept: [403]}
"*": {interval: 0.01}
"""


def test_what_is_said_of_a_host_goes_before_what_is_said_of_more() -> None:
    held = hosts.read(HOSTS, "h.yml", {"LOGIN": "me:word", "KEY": "b"})
    near = hosts.of("site.test", 80, held)
    assert near.headers == {
        "X-Key": "ab", "User-Agent": "mine", "Authorization": "Basic bWU6d29yZA=="
    }  # fmt: skip
    assert (near.accept, near.at_once, near.timeout, near.interval) == ((403,), 1, 3, 0.01)
    assert hosts.of("a.b.test", 80, held).headers == {"X-Key": "far", "User-Agent": "mine"}
    assert hosts.of("nottest", 80, held) == Host(headers={}, interval=0.01)
    port = {"a.test:81": Host(timeout=9), "a.test": Host(timeout=5)}
    assert [hosts.of("a.test", n, port).timeout for n in (80, 81)] == [5, 9]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.test: {sign_in: $LOGIN}", "h.yml:1: no value for 'LOGIN' in the environment"),
        ("\na.test: {timeout: 0}", "h.yml:2: a.test.timeout: 0 is less than or equal to"),
        ("a.test: {retries: 3}", "h.yml:1: a.test: Additional properties are not allowed"),
        ("a.test: {sign_in: me}", "h.yml:1: a.test.sign_in: 'me' does not match"),
        ("a.test: [", "h.yml:2: not valid YAML"),
    ],
)
def test_a_file_of_hosts_that_cannot_be_used_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InputError) as told:
        hosts.read(text, "h.yml", {})
    assert str(told.value).startswith(said)


def test_a_sign_in_goes_to_its_host_alone(server: Server) -> None:
    port = server.ports["http"]
    how = settings(server)._replace(
        hosts={"site.test": Host({"Authorization": hosts.sign_in("me:word")})}
    )
    mine, other = fetch([f"http://{name}.test:{port}/picky" for name in ("site", "other")], how)
    assert (judge(mine).answer, judge(other).reason) == ("ok", "login")


def test_headers_and_accepted_statuses_of_a_host(server: Server) -> None:
    port = server.ports["http"]
    how = settings(server)._replace(
        hosts={"*": Host({"X-Key": "k", "User-Agent": "me"}, accept=(403, 404))}
    )
    named, missing, gone = fetch(
        [f"http://site.test:{port}/{path}" for path in ("named", "missing", "withdrawn")], how
    )
    assert named.page
    assert named.page.text == "me k"
    assert [judge(each).answer for each in (missing, gone)] == ["ok", "broken"]


def test_a_page_stays_at_hand_for_a_second_reader(server: Server) -> None:
    (facts,) = fetch([f"http://site.test:{server.ports['http']}/anchors"], settings(server))
    assert '<h2 id="there">' in facts.text


@pytest.mark.parametrize(
    ("path", "hint"), [("/withdrawn", True), ("/anchors#gone", False), (":0/x", False)]
)
def test_a_copy_is_spoken_of_where_there_may_be_one(server: Server, path: str, hint: bool) -> None:
    base = "http://site.test" if path[0] == ":" else f"http://site.test:{server.ports['http']}"
    how = options(server)
    (found,) = job.located(job.run([link(f"{base}{path}")], how, NOW), how)
    assert (found.finding.rule, "archived copy" in found.finding.hint) == ("web-broken", hint)


def test_a_copy_of_what_is_broken_is_looked_up_when_asked_for(server: Server) -> None:
    base = f"http://site.test:{server.ports['http']}"
    urls = [f"{base}{path}" for path in ("/withdrawn", "/bad-request", "/page")]
    how = options(server, archive=f"{base}/copies")
    outcome = job.run([link(url) for url in urls], how, NOW)
    assert [result.copy for result in outcome.results] == ["http://old", "", None]
    hints = [item.finding.hint for item in job.located(outcome, how)]
    assert hints == ["an archived copy: http://old", "no copy is archived"]
    no_archive = options(server, archive=f"{base}/page")
    outcome = job.run([link(urls[0])], no_archive, NOW)
    assert job.located(outcome, how)[0].finding.hint.startswith("an archived copy, if there is one")


class Proxy:
    """A proxy that notes what it is asked for, and answers itself."""

    def __enter__(self) -> Proxy:
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self._socket.accept()
            except OSError:
                return
            with taken:
                self.asked.append(taken.recv(65536).split(b"\r\n")[0].decode())
                taken.sendall(b"HTTP/1.1 204 OK\r\nConnection: close\r\n\r\n")


def test_a_proxy_is_asked_but_for_hosts_that_need_none_and_for_private_ones(server: Server) -> None:
    before = sum(map(len, server.requests.values()))
    with Proxy() as proxy:
        near = f"site.test:{server.ports['http']}"
        how = settings(server)._replace(
            allow_private=False, proxies={"http": proxy.url, "no": "site.test"}
        )
        urls = ["http://far.example/a", "http://10.0.0.1/", "http://inner/", f"http://{near}/page"]
        facts = fetch(urls, how)
    assert [judge(each).reason for each in facts] == ["", "private", "private", "private"]
    assert proxy.asked == ["GET http://far.example/a HTTP/1.1"]
    assert sum(map(len, server.requests.values())) == before


@pytest.mark.parametrize("host", ["localhost", "inner", "printer.local", "a.internal", "127.0.0.1"])
def test_names_of_this_network(host: str) -> None:
    with pytest.raises(Forbidden):
        check(host)


@pytest.mark.parametrize("host", ["a.example", "local.example", "internal.example", "1.1.1.1"])
def test_names_of_the_web(host: str) -> None:
    check(host)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--accept", "40"), "'40' is no status"),
        (("--accept", "403-"), ""),
        (("--accept", "404,500-404"), "'500-404' ends before it begins"),
        (("--accept", "500-500"), ""),
        (("--timeout", "0"), "'0' is no time"),
        (("--deadline", "0.0"), "'0.0' is no time"),
        (("--timeout", "0.1", "--deadline", "0.1"), ""),
        (("--user-agent", "A\r\nB: c"), "is nothing that a header says"),
        (("--user-agent", " "), "is nothing that a header says"),
        (("--user-agent", "A/1 (b; c)"), ""),
        (("--ignore-attr", ""), "'' is no attribute's name"),
        (("--ignore-attr", "<nav"), "'<nav' is no attribute's name"),
        (("--ignore-attr", ".x"), "'.x' is no attribute's name"),
        (("--ignore-attr", "@x.y:z"), ""),
        (("", "--offline"), "what is to be checked has no name"),
        (("--header", "no header"), "'no header' is no header"),
        (("--header", "A: b\r\nC: d"), "is no header"),
        (("--ignore-in", "a > b"), "'a > b' is none of"),
        (("--at-once", "0"), "'0' is no count"),
        (("--allow", "no-such"), "--allow no-such: there is no such rule"),
        (("--fix",), "--fix rewrites the Markdown behind a site of this project"),
        (("https://a.test/", "--offline"), "https://a.test/ is on the web: not with --offline"),
        (("notes.txt", "--offline"), "notes.txt is no folder and no file"),
        (("README.md", "docs", "--offline"), "docs is a folder, which is checked alone"),
        ((str(ROOT / "Makefile"), "--offline"), "is neither a folder, nor Markdown or HTML"),
    ],
)
def test_wrong_options_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    write(tmp_path, {"index.html": PAGE})
    try:
        code = main(["links", *(() if arguments[0][:1] != "-" else (str(tmp_path),)), *arguments])
    except SystemExit as ended:
        code = ended.code
    told = capsys.readouterr().err
    assert said in told
    assert code == (2 if said else 0)


def test_the_environments_proxy_and_a_proxy_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"index.html": f'{PAGE}<a href="http://far.example/a">x</a>'})
    with Proxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert run(capsys, str(tmp_path))[:2] == (0, "")
    assert proxy.asked == ["GET http://far.example/a HTTP/1.1"]
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    code, _, err = run(capsys, str(tmp_path))
    assert (code, err) == (2, "kb: 'socks5://127.0.0.1:1' is no HTTP proxy\n")


# --- fast, and light --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("<p><a href=x id=i>1<p>2", ["x"]),  # goes on in the next paragraph
        ("<a href=1></a><table><a href=2></a><tr><td><a href=3></a></table>", ["1", "2", "3"]),
        ("text <body background=y><a href=x></a>", ["y", "x"]),
        ("<form action=x><form action=y></form></form>", ["x"]),  # there is no form in a form
    ],
)
def test_what_a_browser_makes_of_odd_markup_stands_once_and_in_order(
    text: str, urls: list[str]
) -> None:
    read = extract.page(text)
    assert [found.url for found in read.references] == urls
    assert not read.duplicates


LOADED = """
import sys
from kb.__main__ import main
main(sys.argv[1:])
{more}
print("\\n".join(sorted({{str(getattr(m, "__file__", "")) for m in sys.modules.values()}})))
"""


@pytest.mark.parametrize(
    ("more", "needs"),
    [
        ("", {"turbohtml", "yaml"}),
        (
            "import kb_tools.web.command, kb.nearest\nkb.nearest.hint('a', 'a')",
            {"aiohttp", "yarl", "rapidfuzz"},
        ),
    ],
)
def test_the_checker_alone_needs_no_more_than_its_own_requirements(
    tmp_path: Path, more: str, needs: set[str]
) -> None:
    write(tmp_path, {"index.html": PAGE})
    command = [sys.executable, "-c", LOADED.format(more=more), "--root", str(tmp_path)]
    done = subprocess.run(
        [*command, "links", str(tmp_path), "--offline"],
        cwd=ROOT, env={"PYTHONPATH": "hooks:tools"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(re.findall(r"/site-packages/(\w+)", done.stdout))
    text = (ROOT / "requirements-links.txt").read_text("utf-8")
    listed = {name.replace("-", "_") for name in re.findall(r"^([\w-]+)==", text, re.M)}
    assert loaded - listed - {"yaml", "_yaml", "attr", "rpds", "_distutils_hack"} == set()
    assert needs <= loaded
    if not more:
        assert not loaded & {
            "aiohttp",
            "yarl",
            "rapidfuzz",
            "jsonschema",
        }  # nor does it wait for what it does not use


def test_who_installs_it_gets_what_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    pinned = dict(pin.split("==") for pin in project["dependency-groups"]["links"])
    wanted = dict(each.split("~=") for each in project["project"]["dependencies"])
    assert wanted.keys() == pinned.keys()
    assert all(pinned[name].startswith(f"{least}.") for name, least in wanted.items())
