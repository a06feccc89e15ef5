"""When to ask again, and who asks what: pure functions of time and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import NamedTuple

_LONGEST_WAIT = 60.0


class Retry(NamedTuple):
    """How often and how patiently a link is asked again."""

    tries: int = 3
    first_wait: float = 1.0


def retry_after(value: str, now: float) -> float:
    """The seconds a Retry-After header asks for, number or date (RFC 9110, 10.2.3); else 0."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0


def next_wait(
    policy: Retry, tried: int, asked: float, remaining: float, jitter: float
) -> float | None:
    """Seconds until the next try after `tried` tries; None when none is left or no time for it.

    Exponential back-off; `jitter` in [0, 1) stretches it by up to half, against lock-step.
    What the server asked for (`asked`) is never undercut.
    """
    if tried >= policy.tries:
        return None
    backoff = min(policy.first_wait * 2 ** (tried - 1), _LONGEST_WAIT) * (1 + jitter / 2)
    wait = max(backoff, asked)
    return wait if wait < remaining else None


def shards(hosts: Iterable[str], count: int) -> dict[str, int]:
    """Host -> shard from 1 to `count`: no host is split, and the loads differ as little as may be.

    `hosts` names a host once per link. The largest host goes first, each to the lightest shard.
    """
    loads = [(0, shard) for shard in range(1, count + 1)]
    placed: dict[str, int] = {}
    for host, size in sorted(Counter(hosts).items(), key=lambda item: (-item[1], item[0])):
        load, shard = min(loads)
        loads[shard - 1] = (load + size, shard)
        placed[host] = shard
    return placed
