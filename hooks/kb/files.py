"""Text files as text: what cannot be read says which file it is."""

from __future__ import annotations

from pathlib import Path


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, without a byte-order mark; ValueError names a file that is none."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text, at byte {error.start}") from None
