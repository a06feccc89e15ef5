"""Ledgers: YAML that people edit, read with the line of every value, checked by a JSON schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import yaml

from kb.finding import Finding

Key = tuple[str | int, ...]
SCHEMAS = Path(__file__).parent / "schemas"


class Ledger(NamedTuple):
    """Plain data, the line of each value by its key path (`(0, "alt", "zh")`), what is wrong."""

    path: str
    data: Any
    lines: Mapping[Key, int]
    findings: tuple[Finding, ...]

    def line(self, *key: str | int) -> int:
        """The line of the value at `key`, or of the nearest part of it that exists."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)


EMPTY = Ledger("", None, {}, ())


class _Loader(yaml.CSafeLoader):
    """SafeLoader that leaves dates as text: ledgers compare and print them as ISO 8601."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@cache
def load(text: str, path: str, schema: str = "", *, rule: str = "ledger-schema") -> Ledger:
    """Read a ledger; syntax and schema errors become findings of `rule`, data what could be read.

    `path` is only for messages. `schema` names a file of `kb/schemas/` without its ending; a
    key given twice in one mapping is an error too (YAML 1.2, 3.2.1.3).
    """
    loader = _Loader(text)
    lines: dict[Key, int] = {}
    try:
        node = loader.get_single_node()
        findings = [
            Finding(path, line, rule, f"'{name}' is given twice")
            for line, name in _walk(node, (), lines)
        ]
        data = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        finding = Finding(path, line, rule, f"not valid YAML: {error.problem}")
        return Ledger(path, None, {}, (finding,))
    finally:
        loader.dispose()
    ledger = Ledger(path, data, lines, ())
    if schema:
        for invalid in _validator(schema).iter_errors(data):
            line = ledger.line(*invalid.absolute_path)
            findings.append(Finding(path, line, rule, _message(invalid)))
    return ledger._replace(findings=tuple(sorted(set(findings))))


def _walk(node: yaml.Node | None, key: Key, lines: dict[Key, int]) -> Iterator[tuple[int, str]]:
    """Note the line of every value below `node`; gives line and name of keys given twice."""
    if node is None:
        return
    lines.setdefault(key, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            if name.value in seen:
                yield name.start_mark.line + 1, name.value
            seen.add(name.value)
            lines[(*key, name.value)] = name.start_mark.line + 1
            yield from _walk(value, (*key, name.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*key, index), lines)


@cache
def _validator(schema: str) -> jsonschema.Draft202012Validator:
    text = (SCHEMAS / f"{schema}.schema.json").read_text("utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def _message(error: jsonschema.ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path)
    return f"{where}: {error.message}" if where else error.message
