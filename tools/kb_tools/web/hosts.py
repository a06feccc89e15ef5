"""How each host is asked: what the command line says for all, and a file for some by name."""

from __future__ import annotations

import os
import string
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import aiohttp

from kb import ledger
from kb.finding import InputError

EVERY = "*"


class Host(NamedTuple):
    """How a host is asked; what is empty is as for all others, `timeout` and `interval` seconds."""

    headers: Mapping[str, str] = MappingProxyType({})
    accept: tuple[int, ...] = ()  # statuses that count as fine
    timeout: float = 0
    at_once: int = 0
    interval: float = 0


def of(name: str, port: int | None, hosts: Mapping[str, Host]) -> Host:
    """The settings for a host: those of all, of `*.domain`, of its name, of its name and port."""
    parts = name.split(".")
    above = [f"*.{'.'.join(parts[n:])}" for n in range(len(parts), 0, -1)]
    found = [hosts[key] for key in (EVERY, *above, name, f"{name}:{port}") if key in hosts]
    said = {key: value for held in found for key, value in held._asdict().items() if value}
    headers = {name.title(): value for held in found for name, value in held.headers.items()}
    return Host(**{**said, "headers": headers})


def read(text: str, path: str, environment: Mapping[str, str] = os.environ) -> dict[str, Host]:
    """The file of hosts, YAML by schemas/hosts.schema.json; InputError names what is wrong in it.

    `$NAME` stands for a value of the environment, so that no password lies in a file.
    """
    held = ledger.load(text, path, "hosts")
    if held.findings:
        raise InputError(str(held.findings[0]))
    found = {}
    for name, row in (held.data or {}).items():
        headers = dict(row.pop("headers", {}))
        if login := row.pop("sign_in", ""):
            headers["Authorization"] = login
        try:
            filled = {k: string.Template(v).substitute(environment) for k, v in headers.items()}
        except (KeyError, ValueError) as error:
            message = f"{path}:{held.line(name)}: no value for {error} in the environment"
            raise InputError(message) from None
        if login:
            filled["Authorization"] = sign_in(filled["Authorization"])
        found[name] = Host(filled, tuple(row.pop("accept", ())), **row)
    return found


def sign_in(login: str) -> str:
    """The header that signs in with `user:password` (RFC 7617)."""
    return aiohttp.encode_basic_auth(*login.partition(":")[::2])
