"""``perform`` opens the act, runs a verb and, in the same transaction, all that follows from its facts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import OperationalError, connection

import heyue.agreement.actions as agreement
import heyue.application.actions as application
import heyue.application.appealed as appealed
import heyue.dispatch.actions as dispatch
import heyue.execution.actions as execution
import heyue.negotiation.actions as negotiation
import heyue.negotiation.borrower_acts as negotiation_of_borrower
import heyue.negotiation.telephone as telephone
import heyue.review.actions as review
import heyue.review.appeals as appeals
from heyue.acts import Fact, opened
from heyue.agreement.states import BothSigned, Cancelled, Lapsed
from heyue.application.states import Submitted, Withdrawn
from heyue.dispatch.states import Received, Stopped
from heyue.engine.moves import Actor
from heyue.execution.states import Completed
from heyue.negotiation.states import BothAgreed, Over, ToldByTelephone
from heyue.review.states import Appealed, MoreAsked, Passed, Rejected, Upheld

R = TypeVar("R")
TRIES_MAX = 3
DEADLOCK = "40P01"
"""PostgreSQL's SQLSTATE of it; SQLite lets one act write at a time and knows none."""


@dataclass(frozen=True, slots=True)
class Follows:
    """When this fact came about, do that with these of its values (under the verb's own names)."""

    fact: type[Fact]
    do: Callable[..., Any]
    given: tuple[str, ...]

    def run(self, fact: Fact) -> Any:
        """Run the verb and return its facts."""
        return self.do(**{name: getattr(fact, name) for name in self.given})


def when(fact: type[Fact], do: Callable[..., Any], given: tuple[str, ...]) -> Follows:
    """Read: when ``fact``, do ``do``, given its values."""
    return Follows(fact, do, given)


FOLLOWS: tuple[Follows, ...] = (
    when(Submitted, do=review.open_case, given=("application_id",)),
    when(MoreAsked, do=application.mark_returned, given=("application_id", "words_back")),
    when(Rejected, do=application.mark_rejected, given=("application_id", "words_back")),
    when(Appealed, do=appealed.mark_appealed, given=("application_id", "said")),
    when(Upheld, do=appealed.mark_upheld, given=("application_id", "words_back")),
    when(Passed, do=application.mark_passed, given=("application_id",)),
    when(Passed, do=dispatch.queue_for_each_bank, given=("application_id",)),
    when(Received, do=negotiation.await_officer, given=("dispatch_id",)),
    when(ToldByTelephone, do=telephone.hear_answer, given=("negotiation_id", "result", "call_id")),
    when(Stopped, do=negotiation.close_when_over, given=("application_id",)),
    when(BothAgreed, do=agreement.draw_up, given=("offer_id",)),
    when(BothSigned, do=execution.start, given=("agreement_id",)),
    when(Completed, do=agreement.complete, given=("agreement_id",)),
    when(Completed, do=negotiation.conclude, given=("negotiation_id",)),
    when(Lapsed, do=negotiation.agreement_lapsed, given=("negotiation_id",)),
    when(Cancelled, do=negotiation_of_borrower.end_cancelled, given=("negotiation_id",)),
    when(Withdrawn, do=review.drop, given=("application_id",)),
    when(Withdrawn, do=appeals.drop, given=("application_id",)),
    when(Withdrawn, do=dispatch.stop_all, given=("application_id",)),
    when(Withdrawn, do=negotiation_of_borrower.end_talks, given=("application_id",)),
    when(Withdrawn, do=agreement.cancel_unsigned, given=("application_id",)),
    when(Over, do=negotiation.close_when_over, given=("application_id",)),
)


def perform(actor: Actor, do: Callable[..., R], /, **values: Any) -> R:
    """Run the verb ``do`` as ``actor`` and everything that follows, all or nothing; return what it returned.

    An act that the database ended because another held what it needed, and the other way round (deadlock), has
    left nothing, so it is done anew.
    """
    for left in reversed(range(TRIES_MAX)):
        try:
            return _performed(actor, do, values)
        except OperationalError as error:
            if not left or connection.in_atomic_block or getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
                raise
    raise AssertionError("the last try returns or raises")


def _performed(actor: Actor, do: Callable[..., R], values: dict[str, Any]) -> R:
    with opened(actor):
        result = do(**values)
        todo = deque(_facts(result))
        while todo:
            fact = todo.popleft()
            for follow in FOLLOWS:
                if type(fact) is follow.fact:
                    todo.extend(_facts(follow.run(fact)))
        return result


def _facts(result: object) -> tuple[Fact, ...]:
    return tuple(r for r in result if isinstance(r, Fact)) if isinstance(result, tuple) else ()
