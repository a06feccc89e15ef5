"""What stands around facts in each language, from `words.yml`."""

from pathlib import Path

import yaml

TOLD = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text("utf-8"))
