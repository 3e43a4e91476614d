"""The one place where a state is written: decide, write on condition, leaf, waits, notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from heyue import clock
from heyue.acts.act import current
from heyue.acts.models import Stateful
from heyue.deadlines import WaitKind, meet, start
from heyue.engine.moves import Move
from heyue.engine.refusal import Refusal, words
from heyue.evidence import append
from heyue.notices import NoticeKind, tell


def begin(row: Stateful, facts: dict[str, object] | None = None, *, starts: WaitKind | None = None) -> None:
    """Save a new row in its table's first state, with its first leaf."""
    row.state = row.TABLE.initial.value
    row.state_since = clock.now()
    row.save(force_insert=True)
    append(f"{row.TABLE.name}.begun", row.subject(), current().actor, facts)
    if starts:
        start(starts, row.subject())


def begin_all(rows: Sequence[Stateful]) -> None:
    """Save new rows of one table together; the leaf that tells of them is their parent's, by the caller."""
    at = clock.now()
    for row in rows:
        row.state = row.TABLE.initial.value
        row.state_since = at
    if rows:
        type(rows[0])._default_manager.bulk_create(rows)


def move(
    row: Stateful,
    event: StrEnum,
    facts: dict[str, object] | None = None,
    *,
    due_on: date | None = None,
    params: dict[str, str] | None = None,
) -> Move:
    """Move ``row`` by ``event`` as the open act's actor and return the move that was made.

    ``facts`` go into the leaf, ``due_on`` dates the wait that the move starts where the table's kind has
    no length of its own, ``params`` fill the notice's words. Raises the table's refusals, and
    ``Refusal("changed-meanwhile")`` when the row has moved since it was read.
    """
    act = current()
    made = row.TABLE.decide(row.state, event, act.actor.role)
    at = clock.now()
    written = (
        type(row)._default_manager.filter(pk=row.pk, state=row.state).update(state=made.target.value, state_since=at)
    )
    if written != 1:
        raise Refusal(
            "changed-meanwhile",
            words("刚刚有了新的变化，请看一眼再决定。"),
            next_step=words("刷新页面。"),
        )
    row.state = made.target.value
    row.state_since = at
    note(row, event.value, facts)
    meet(row.pk, [WaitKind(k) for k in made.stops])
    if made.starts:
        start(WaitKind(made.starts), row.subject(), due_on=due_on)
    borrower_id = row.subject().borrower_id
    if made.tells and borrower_id:
        tell(borrower_id, NoticeKind(made.tells), row.TABLE.name, row.pk, params)
    return made


def note(row: Stateful, what: str, facts: dict[str, object] | None = None) -> None:
    """Write a leaf about ``row`` without a change of its state."""
    append(f"{row.TABLE.name}.{what}", row.subject(), current().actor, facts)
