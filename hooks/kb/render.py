"""Markup is written in templates (`templates/`), which escape whatever they print."""

from pathlib import Path

import jinja2

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


def render(template: str, **values: object) -> str:
    """The text that a template (`index.html`) makes of values; one that it lacks is an error."""
    return _TEMPLATES.get_template(f"{template}.jinja").render(values)
