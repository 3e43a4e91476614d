"""``perform`` opens the act, runs a verb and, in the same transaction, all that follows from its facts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import heyue.agreement.actions as agreement
import heyue.application.actions as application
import heyue.dispatch.actions as dispatch
import heyue.execution.actions as execution
import heyue.negotiation.actions as negotiation
import heyue.negotiation.borrower_acts as negotiation_of_borrower
import heyue.review.actions as review
from heyue.acts import Fact, opened
from heyue.agreement.states import BothSigned, Cancelled, Lapsed
from heyue.application.states import Submitted, Withdrawn
from heyue.dispatch.states import Received
from heyue.engine.moves import Actor
from heyue.execution.states import Completed
from heyue.negotiation.states import BothAgreed, Over
from heyue.review.states import MoreAsked, Passed, Rejected

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Follows:
    """When this fact came about, do that, with the fact or with what ``given`` takes from it."""

    fact: type[Fact]
    do: Callable[..., Any]
    given: Callable[[Any], dict[str, Any]] | None = None

    def run(self, fact: Fact) -> Any:
        """Run the verb and return its facts."""
        return self.do(**self.given(fact)) if self.given else self.do(fact)


def when(fact: type[Fact], do: Callable[..., Any], given: Callable[[Any], dict[str, Any]] | None = None) -> Follows:
    """Read: when ``fact``, do ``do``."""
    return Follows(fact, do, given)


FOLLOWS: tuple[Follows, ...] = (
    when(Submitted, do=review.open_case),
    when(MoreAsked, do=application.mark_returned, given=lambda f: _id(f) | {"words_back": f.words_of_reviewer}),
    when(Rejected, do=application.mark_rejected, given=lambda f: _id(f) | {"reason": f.reason}),
    when(Passed, do=application.mark_passed, given=lambda f: _id(f)),
    when(Passed, do=dispatch.queue_for_each_bank),
    when(Received, do=negotiation.await_officer),
    when(BothAgreed, do=agreement.draw_up),
    when(BothSigned, do=execution.start),
    when(Completed, do=agreement.complete, given=lambda f: {"agreement_id": f.agreement_id}),
    when(Completed, do=negotiation.conclude, given=lambda f: {"negotiation_id": f.negotiation_id}),
    when(Lapsed, do=negotiation.agreement_lapsed, given=lambda f: {"negotiation_id": f.negotiation_id}),
    when(Cancelled, do=negotiation_of_borrower.end_cancelled, given=lambda f: {"negotiation_id": f.negotiation_id}),
    when(Withdrawn, do=review.drop),
    when(Withdrawn, do=dispatch.stop_all),
    when(Withdrawn, do=negotiation_of_borrower.end_talks),
    when(Withdrawn, do=agreement.cancel_unsigned),
    when(Over, do=negotiation.close_when_over),
)


def perform(actor: Actor, do: Callable[..., R], /, **values: Any) -> R:
    """Run the verb ``do`` as ``actor`` and everything that follows, all or nothing; return what it returned."""
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


def _id(fact: Any) -> dict[str, Any]:
    return {"application_id": fact.application_id}
