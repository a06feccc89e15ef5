"""A command that needs what this machine lacks says in one line what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import AS_OF, ROOT, copy_project

pytestmark = pytest.mark.build  # a whole project, and a start for each

DRAW = ("draw", "cancel")
TAKE = ("screenshots", "--take")
OCR = ("check", "--ocr")
SOURCE = """\
title: {zh: 取消, en: Cancelling}
size: [600, 300]
ui: en
panels:
  - step: {zh: 取消, en: Cancel it}
    frame: browser
    url: chatgpt.com
    view:
      - {button: Cancel plan, press: true}
"""
ENTRY = """\
- path: 2026-11/{locale}/images/cancel.png
  kind: drawing
  source: drawings/cancel.yml
  of: ChatGPT web, 2026
  captured: 2026-11-23
  ttl_days: 365
  alt: {zh: 页面上的 Cancel plan 按钮, en: The button Cancel plan}
  caption: {zh: 取消, en: Cancelling}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the guide with a drawing to make: were nothing lacking, it would be made."""
    root = copy_project(tmp_path_factory.mktemp("lacking") / "p")
    (root / "docs/drawings/cancel.yml").write_text(SOURCE, "utf-8")
    ledger = root / "docs/ledgers/screenshots.yml"
    ledger.write_text(ledger.read_text("utf-8").replace("[]\n", "") + ENTRY, "utf-8")
    return root


def said(
    project: Path, *arguments: str, package: str = "", path: str | None = None, **more: str
) -> str:
    """What `kb` says without a package, or with another PATH; it is one line, and no traceback."""
    paths = [str(project / "hooks")]
    if package:
        hole = project / "holes" / package
        hole.mkdir(parents=True, exist_ok=True)
        raising = f"raise ModuleNotFoundError('No module named {package}', name='{package}')\n"
        (hole / f"{package}.py").write_text(raising, "utf-8")
        paths.insert(0, str(hole))
    environment = {**os.environ, "KB_AS_OF": AS_OF, "PYTHONPATH": os.pathsep.join(paths), **more}
    if path is not None:
        environment["PATH"] = path
    command = [sys.executable, "-m", "kb", "--root", str(project), *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("kb: ")
    return line


@pytest.mark.parametrize("arguments", [DRAW, TAKE])
def test_without_a_browser(project: Path, arguments: tuple[str, ...]) -> None:
    assert "apt-get install chromium" in said(project, *arguments, path="/nowhere")


@pytest.mark.parametrize("arguments", [DRAW, TAKE])
def test_with_a_browser_that_does_not_start(
    project: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    told = said(project, *arguments, path=f"{tmp_path}:{os.environ['PATH']}")
    assert f"{fake} does not start: " in told


@pytest.mark.parametrize("arguments", [DRAW, TAKE])
def test_with_a_driver_that_does_not_start(
    project: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "chromium").symlink_to("/bin/false")
    path = f"{tmp_path}:{os.environ['PATH']}"
    told = said(project, *arguments, path=path, PLAYWRIGHT_NODEJS_PATH="/bin/false")
    assert "driver does not start" in told
    assert "apt-get install libatomic1" in told


@pytest.mark.parametrize(
    ("arguments", "package", "told"),
    [
        (DRAW, "playwright", "`make draw` what draws"),
        (DRAW, "oxipng", "`make draw` what draws"),
        (TAKE, "playwright", "`make draw` what draws"),
        (OCR, "rapidocr", "`make ocr`"),
        (("links", "docs", "--offline"), "turbohtml", "`make setup` installs"),
        (("--help",), "yaml", "`make setup` installs"),
        (("check",), "yaml", "`make setup` installs"),
    ],
)
def test_without_a_package(
    project: Path, arguments: tuple[str, ...], package: str, told: str
) -> None:
    line = said(project, *arguments, package=package)
    assert f"package '{package}'" in line or f"package {package}" in line
    assert told in line


def test_without_the_font(project: Path, tmp_path: Path) -> None:
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(f"<fontconfig><cachedir>{tmp_path}</cachedir></fontconfig>", "utf-8")
    told = said(project, *DRAW, FONTCONFIG_FILE=str(fonts))
    assert "the font Noto Sans CJK SC is missing: apt-get install fonts-noto-cjk" in told
