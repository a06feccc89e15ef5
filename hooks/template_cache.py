"""MkDocs: compiled templates are kept, since each language and each rebuild compiles them all."""

from __future__ import annotations

from pathlib import Path

import jinja2
from jinja2.bccache import Bucket
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files

import kb.files


class _Cache(jinja2.BytecodeCache):
    """Compiled templates in a folder; Jinja checks each against its source, we its bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        if held := kb.files.recall(self.folder / bucket.key):
            bucket.bytecode_from_string(held)

    def dump_bytecode(self, bucket: Bucket) -> None:
        kb.files.remember(self.folder / bucket.key, bucket.bytecode_to_string())


def on_env(env: jinja2.Environment, *, config: MkDocsConfig, files: Files) -> jinja2.Environment:
    """Give the environment a cache on disk."""
    env.bytecode_cache = _Cache(Path(config.config_file_path).parent / ".cache" / "templates")
    return env
