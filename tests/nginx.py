"""nginx on this machine, as deploy/nginx says, for the tests and the benchmark."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
HERE = ROOT / "deploy/nginx"
UNPACKED = ROOT / ".cache/nginx"  # by `make nginx`, which installs and starts nothing
BROTLI = "ngx_http_brotli_static_module.so"
_MAIN = """\
{user}
{modules}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
{guide}
}}
"""


def program() -> str | None:
    """nginx itself: unpacked by `make nginx`, or installed."""
    held = UNPACKED / "usr/sbin/nginx"
    return (
        str(held)
        if held.exists()
        else shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    )


def brotli() -> Path | None:
    """The module that sends brotli, where there is one."""
    places = (UNPACKED / "usr/lib/nginx/modules", Path("/usr/lib/nginx/modules"))
    return next((held / BROTLI for held in places if (held / BROTLI).exists()), None)


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextlib.contextmanager
def serve(site: Path, folder: Path, more: str = "") -> Iterator[str]:
    """Serve a folder that put.sh made, by guide.conf; `more` is a file of guide.d."""
    port = free_port()
    (folder / "guide.d").mkdir()
    (folder / "guide.d/more.conf").write_text(more, "utf-8")
    types = next(p for p in (UNPACKED / "etc/nginx", Path("/etc/nginx")) if p.is_dir())
    guide = (HERE / "guide.conf").read_text("utf-8")
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "root /srv/guide/now;": f"root {site};",
        "/etc/nginx/guide.d/": f"{folder}/guide.d/",
        "/etc/nginx/mime.types": f"{types}/mime.types",
    }.items():
        assert guide.count(old) == 1, old
        guide = guide.replace(old, new)
    module = brotli()
    main = _MAIN.format(
        user=f"user {getpass.getuser()};" if os.geteuid() == 0 else "",
        modules=f"load_module {module};" if module else "",
        folder=folder,
        guide=guide,
    )
    (folder / "nginx.conf").write_text(main, "utf-8")
    command = [program() or "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    command += ["-e", "stderr"]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            for _ in range(2400):  # two minutes
                with socket.socket() as held:
                    if process.poll() is not None or held.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            assert process.poll() is None, (folder / "log").read_text("utf-8")
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
