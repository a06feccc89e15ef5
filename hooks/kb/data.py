"""What is data and no code lies as YAML beside the module that uses it."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def beside(module: str, name: str = "") -> Any:
    """The YAML beside a module (its `__file__`): of the module's own name, or of another."""
    path = Path(module).with_name(name) if name else Path(module).with_suffix(".yml")
    return yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
