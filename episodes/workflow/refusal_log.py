"""Audit log of refusals: user, action and row, without the reasons, which may quote text of drafts."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from config.audit import record
from episodes.workflow.decisions import Refused, Stale

F = TypeVar("F", bound=Callable[..., Any])


def log_refusals(function: F) -> F:
    """Decorate a function to log each Refused it raises. Its first parameter is the row; it has a parameter `by`."""
    signature = inspect.signature(function)

    @wraps(function)
    def act(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Refused as refused:
            # Decorated functions call each other: only the innermost logs.
            if not getattr(refused, "logged", False):
                refused.logged = True  # type: ignore[attr-defined]
                _record(function.__name__, signature.bind(*args, **kwargs).arguments, isinstance(refused, Stale))
            raise

    return act  # type: ignore[return-value]


def _record(name: str, given: dict[str, Any], stale: bool) -> None:
    subject, by, to = next(iter(given.values())), given["by"], given.get("to")
    record(
        "refused",
        act=name,
        **({"to": to} if to else {}),
        by=by.get_username(),
        **{type(subject).__name__.lower(): getattr(subject, "pk", subject)},
        **({"stale": stale} if stale else {}),
    )
