"""A case (用例) and its outcome: what must hold, by which clause, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Generic, Literal, TypeVar

from heyue.gateway.problems import MEDIA_TYPE, URN

Side = TypeVar("Side")
Status = Literal["passed", "failed", "skipped"]
BODY_SHOWN_MAX = 300


class Failed(Exception):
    """The other side did not do what the clause wants."""


class Skipped(Exception):
    """The case cannot be tried here; why."""


@dataclass(frozen=True, slots=True)
class Case(Generic[Side]):
    """One thing that must hold. ``clause`` is a section of gateway-v1.md."""

    id: str
    clause: str
    title: str
    run: Callable[[Side], None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case."""

    id: str
    clause: str
    title: str
    status: Status
    why: str = ""
    seconds: float = 0.0


class Cases(Generic[Side]):
    """A list that grows by decorating functions."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.all: list[Case[Side]] = []

    def case(self, clause: str, title: str) -> Callable[[Callable[[Side], None]], Callable[[Side], None]]:
        """Add the decorated function as the next case; its id is made of its name, so that it stays."""

        def added(run: Callable[[Side], None]) -> Callable[[Side], None]:
            self.all.append(Case(f"{self._prefix}-{run.__name__.replace('_', '-')}", clause, title, run))
            return run

        return added


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON. Raises ``Failed`` when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Failed(f"答的不是 JSON：{self.status} {self.shown}") from None

    @property
    def code(self) -> str:
        """The code of a problem, empty where the answer is none."""
        try:
            told = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        return str(told.get("type", "")).removeprefix(URN) if isinstance(told, dict) else ""

    @property
    def shown(self) -> str:
        """The beginning of the body, for a person."""
        return self.body[:BODY_SHOWN_MAX].decode("utf-8", "replace")


def judge(cases: Iterable[Case[Side]], side: Side, told: Callable[[Outcome], None]) -> list[Outcome]:
    """Run the cases one after another, tell each outcome as it comes, and return them all.

    A case that stumbles (a connection that breaks, an answer of an unheard-of shape) has failed.
    """
    outcomes = []
    for one in cases:
        began, status, why = monotonic(), "passed", ""
        try:
            one.run(side)
        except Skipped as skipped:
            status, why = "skipped", str(skipped)
        except Failed as failed:
            status, why = "failed", str(failed)
        except Exception as error:
            status, why = "failed", f"{type(error).__name__}: {error}"
        outcome = Outcome(one.id, one.clause, one.title, status, why, monotonic() - began)  # type: ignore[arg-type]
        outcomes.append(outcome)
        told(outcome)
    return outcomes


# ── what cases say ───────────────────────────────────────────────────────────────────────────────────────────────────


def must(holds: object, why: str) -> None:
    """Fail with ``why`` unless it holds."""
    if not holds:
        raise Failed(why)


def refused(reply: Reply, status: int, *codes: str, pointer: str = "") -> None:
    """Want a problem with this status and one of these codes, and a field that it points at."""
    must(
        reply.status == status and reply.code in codes,
        f"应答 {status} {' 或 '.join(codes)}，实际 {reply.status} {reply.code} {reply.shown}",
    )
    problem(reply)
    if pointer:
        pointers = [one.get("pointer") for one in reply.json.get("errors", [])]
        must(pointer in pointers, f"errors 应指出 {pointer}，实际 {pointers}")


def problem(reply: Reply) -> None:
    """Want an RFC 9457 object with its media type, and the status it came with."""
    told, media_type = reply.json, reply.headers.get("content-type", "").partition(";")[0]
    must(media_type == MEDIA_TYPE, f"拒绝要用 {MEDIA_TYPE}，实际 {media_type}")
    must(isinstance(told, dict) and isinstance(told.get("title"), str), "拒绝要有 title")
    must(told.get("status") == reply.status, f"status 要等于 {reply.status}，实际 {told.get('status')}")
    must(str(told.get("type", "")).startswith(URN), f"type 要以 {URN} 开头")


def answered(reply: Reply, *statuses: int) -> Reply:
    """Want one of these statuses."""
    wanted = " 或 ".join(map(str, statuses))
    must(reply.status in statuses, f"应答 {wanted}，实际 {reply.status} {reply.code} {reply.shown}")
    return reply
