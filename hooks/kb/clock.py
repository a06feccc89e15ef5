"""The one clock: the day that a build or check is made for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

VARIABLE = "KB_AS_OF"


def today(environment: Mapping[str, str]) -> datetime.date:
    """The day that $KB_AS_OF names, or the calendar's; ValueError when it names none."""
    text = environment.get(VARIABLE, "")
    if not text:
        return datetime.date.today()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{VARIABLE} is no day like 2026-11-23: {text!r}") from None
