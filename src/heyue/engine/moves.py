"""State tables (状态表): what may happen to a row, who may do it, what it starts, stops and tells.

A table is data. ``decide`` is the one gate: it answers with the move, or refuses by name. Nothing here
knows a database; ``heyue.acts`` is the only caller that writes a state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from heyue.engine.refusal import NotPermitted, Refusal, words


class Role(StrEnum):
    """Who acts (角色)."""

    BORROWER = "borrower"
    REVIEWER = "reviewer"
    OFFICER = "officer"
    BANK = "bank"
    OPERATOR = "operator"
    CLOCK = "clock"
    PLATFORM = "platform"
    HELPER = "helper"


NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts: the role, the person (None for a machine), the bank that an officer or system speaks for.

    A helper (帮手) acts as the own person, for the borrower that he or she ``helps``, within ``scopes``.
    An officer who came by a mailed link has no account: ``matter`` is the one negotiation that the link opens, and
    ``named`` is the name and staff number that the officer gave.
    """

    role: Role
    person_id: UUID | None = None
    bank_id: UUID | None = None
    helps: UUID | None = None
    scopes: frozenset[str] = frozenset()
    matter: UUID | None = None
    named: str = ""

    @property
    def me(self) -> UUID:
        """The acting person's id; for a machine one that no person has."""
        return self.person_id or NOBODY


CLOCK = Actor(Role.CLOCK)
PLATFORM = Actor(Role.PLATFORM)

BANK_SIDE = (Role.BANK, Role.OFFICER)


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a table: in ``source``, ``event`` leads to ``target`` when one of ``by`` does it."""

    source: StrEnum
    event: StrEnum
    target: StrEnum
    by: tuple[Role, ...]
    starts: StrEnum | None = None
    stops: tuple[StrEnum, ...] = ()
    tells: StrEnum | None = None


@dataclass(frozen=True)
class StateTable:
    """All moves of one aggregate (``name`` prefixes its evidence kinds), its first state and its last ones."""

    name: str
    initial: StrEnum
    final: frozenset[StrEnum]
    moves: tuple[Move, ...]
    _index: dict[tuple[str, str], Move] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for move in self.moves:
            key = (str(move.source), str(move.event))
            if key in self._index:
                raise ValueError(f"{self.name}: two moves for {key}")
            if move.source in self.final:
                raise ValueError(f"{self.name}: {move.source} is final but moves on {move.event}")
            self._index[key] = move

    def decide(self, state: str, event: StrEnum, role: Role) -> Move:
        """Return the move for ``event`` in ``state``.

        Raises ``NotPermitted`` when the role may not do it, ``Refusal("not-possible-now")`` when the state
        does not allow it; the refusal's ``params["possible"]`` lists what is possible for this role.
        """
        move = self._index.get((str(state), str(event)))
        if move is None:
            raise Refusal(
                "not-possible-now",
                words("现在不能这样做：它已经到了另一步。"),
                next_step=words("看看它现在到了哪一步，再决定。"),
                params={
                    "table": self.name,
                    "state": str(state),
                    "event": str(event),
                    "possible": [str(e) for e in self.possible(state, role)],
                },
            )
        if role not in move.by:
            raise NotPermitted()
        return move

    def possible(self, state: str, role: Role) -> tuple[StrEnum, ...]:
        """Return the events that this role may cause in this state, in the table's order."""
        return tuple(m.event for m in self.moves if str(m.source) == str(state) and role in m.by)

    def reachable(self) -> frozenset[str]:
        """Return every state that can be reached from the first one."""
        seen = {str(self.initial)}
        grown = True
        while grown:
            grown = False
            for move in self.moves:
                if str(move.source) in seen and str(move.target) not in seen:
                    seen.add(str(move.target))
                    grown = True
        return frozenset(seen)


def from_each(
    sources: Iterable[StrEnum],
    event: StrEnum,
    target: StrEnum | None,
    by: tuple[Role, ...],
    *,
    starts: StrEnum | None = None,
    stops: tuple[StrEnum, ...] = (),
    tells: StrEnum | None = None,
) -> tuple[Move, ...]:
    """Return the same move from several states; ``target`` None means that the state stays."""
    return tuple(Move(s, event, target or s, by, starts, stops, tells) for s in sources)
