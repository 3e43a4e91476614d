"""The context of one act, set by ``journey.perform`` and nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from heyue import clock
from heyue.engine.moves import Actor
from heyue.engine.refusal import CountedRefusal

P = ParamSpec("P")
R = TypeVar("R")


class Fact:
    """What an act brought about: a small frozen type that stands beside the stage's state table."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, and on which business day."""

    actor: Actor
    today: date


_act: ContextVar[Act | None] = ContextVar("heyue_act", default=None)


def current() -> Act:
    """Return the open act. Raises ``RuntimeError`` outside ``journey.perform``: a programmer's error."""
    act = _act.get()
    if act is None:
        raise RuntimeError("a verb runs only inside journey.perform")
    return act


@contextmanager
def opened(actor: Actor) -> Iterator[Act]:
    """Open an act in a transaction of its own. An act inside an act is a programmer's error.

    A ``CountedRefusal`` is committed and then raised; every other exception rolls the act back.
    """
    if _act.get() is not None:
        raise RuntimeError("an act is open already; a verb calls verbs, it does not perform")
    counted: CountedRefusal | None = None
    with clock.read_once(), transaction.atomic():
        token = _act.set(Act(actor, clock.today()))
        try:
            yield _act.get()  # type: ignore[misc]
        except CountedRefusal as refusal:
            counted = refusal
        finally:
            _act.reset(token)
    if counted is not None:
        raise counted


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a verb: it refuses to run where no act is open."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        current()
        return function(*args, **kwargs)

    return guarded
