"""One bank's terms beside all others: what was asked, what the bank offers, what to counter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from heyue import clock
from heyue.application import reads as applications
from heyue.application.plan import budget_of
from heyue.banks import reads as banks
from heyue.banks.models import Bank
from heyue.engine.menu import BankPolicy, Choice
from heyue.engine.moves import Actor
from heyue.engine.offer import OfferView, month_totals
from heyue.engine.offer_terms import Hurt
from heyue.engine.refusal import Refusal, words
from heyue.engine.schedule import Row, Schedule, build
from heyue.journey.standing import commitments, standings
from heyue.negotiation import reads as negotiations
from heyue.negotiation.advice import (
    Budget,
    base_for,
    hurting,
    menu_choices,
    menu_day,
    nearest,
    policy_of,
    suggest,
    weigh,
)
from heyue.negotiation.bad_turns import BadTurn, bad_turns
from heyue.negotiation.models import Negotiation, Offer
from heyue.negotiation.states import NO_TERMS, State
from heyue.negotiation.terms import Put, base_date_is_old
from heyue.policy.load import rule


@dataclass(frozen=True, slots=True)
class Terms:
    """One set of terms, judged with all other banks; ``base`` is the day from which its months are counted.

    ``choice`` is the entry of the bank's menu that it is, where it is one.
    """

    schedule: Schedule
    waived_fen: int
    interest_after: str
    base: date
    view: OfferView
    choice: Choice | None = None

    @property
    def months_fen(self) -> tuple[int, ...]:
        """What these terms alone ask in months 1, 2, …"""
        return month_totals([self.schedule.rows], self.base)

    @property
    def spare_fen(self) -> int:
        """What the tightest month leaves of the affordable sum; 0 where a month is over it."""
        return min((max(0, m.affordable_fen - m.total_fen) for m in self.view.months), default=0)


@dataclass(frozen=True, slots=True)
class OtherBank:
    """Another bank's part in the same months."""

    bank: Bank
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a borrower decides on: three sets of terms side by side, and the others that they must fit beside.

    ``stands`` tells that the bank's offer can be accepted now, ``may_counter`` that a counter-offer can be
    made, ``counter`` is the borrower's own that lies with the bank. ``suggested`` is the cheapest of the
    bank's menu that fits, ``closest`` what comes nearest where nothing fits. ``hurts`` are the terms of the
    bank's offer that hurt; ``base_is_old`` tells that its sums are too old to be put forward again.
    """

    talk: Negotiation
    affordable_fen: int
    savings_fen: int
    others: tuple[OtherBank, ...]
    asked: Terms
    offered: Terms | None
    offer: Offer | None
    counter: Offer | None
    suggested: Terms | None
    closest: Terms | None
    menu: tuple[Choice, ...]
    stands: bool
    may_counter: bool
    on_table: Terms | None
    hurts: tuple[Hurt, ...]
    income_fen: int
    base_is_old: bool

    @property
    def accept_is_advised(self) -> bool:
        """Whether the bank's terms can be accepted and fit the budget."""
        return self.stands and self.offered is not None and self.offered.view.fits

    @property
    def saves_fen(self) -> int:
        """What the suggested counter-offer costs less than the bank's terms; 0 where it does not."""
        if self.offered is None or self.suggested is None:
            return 0
        return max(0, self.offered.view.total_cost_fen - self.suggested.view.total_cost_fen)


def weighed(actor: Actor, negotiation_id: UUID) -> Weighed:
    """Weigh a visible negotiation for its borrower. Raises ``NotFound``."""
    talk = negotiations.negotiation(actor, negotiation_id)
    today = clock.today()
    budget, others = _budget(actor, talk)
    newest = next(iter(negotiations.offers(actor, talk).filter(by=Offer.By.BANK)), None)
    counter = talk.offer if talk.offer and talk.offer.by == Offer.By.BORROWER else None
    policy = _policy(talk, today)
    found = menu_choices(talk.debt.balance_fen, talk.debt.waivable_fen, policy, today) if policy else ()
    best = suggest(talk.debt.balance_fen, talk.debt.waivable_fen, policy, budget, today) if policy else None
    near = nearest(found, budget, menu_day(policy, today)) if policy and best is None else None
    after = newest.interest_after if newest else talk.debt.interest_after
    old = base_date_is_old(talk.application.base_date)
    return Weighed(
        talk=talk,
        affordable_fen=budget.affordable_fen,
        savings_fen=budget.savings_fen,
        others=others,
        asked=_judged(build(talk.debt.asked_terms), talk.debt.asked_waived_fen, talk.debt.interest_after, budget),
        offered=_of_offer(newest, budget),
        offer=newest,
        counter=counter if talk.state == State.COUNTERED else None,
        suggested=_of_choice(best, after, budget) if best else None,
        closest=_of_choice(near, after, budget) if near else None,
        menu=found,
        stands=talk.state == State.OFFERED and newest is not None and newest.pk == talk.offer_id,
        may_counter=talk.state in (State.OFFERED, *NO_TERMS) and not old,
        on_table=_of_offer(talk.offer, budget),
        hurts=_hurts(newest, talk, policy, budget) if newest and policy else (),
        income_fen=_income_fen(actor, talk),
        base_is_old=old,
    )


def tried_by_bad_months(seen: Weighed, terms: Terms) -> tuple[BadTurn, ...]:
    """Return what each bad turn would do to the months of all banks under these terms."""
    return bad_turns(
        [month.total_fen for month in terms.view.months],
        seen.affordable_fen,
        seen.income_fen,
        seen.savings_fen - terms.schedule.plan.down_payment_fen,
        rule("STRESS-SHOCKS", clock.today()).value,
    )


def most_for(actor: Actor, negotiation_id: UUID) -> int:
    """Return what can be paid to this bank in every month to come, in fen: the affordable sum less all others'."""
    talk = negotiations.negotiation(actor, negotiation_id)
    budget, _others = _budget(actor, talk)
    today = clock.today()
    heaviest = max(month_totals(budget.beside(today), today), default=0)
    return max(0, budget.affordable_fen - heaviest)


def terms_of_choice(seen: Weighed, periods: int, down_payment: str, waiver: str) -> tuple[Put, Terms]:
    """Return the counter-offer that these entries of the bank's menu make, judged like the others.

    Raises ``Refusal("not-on-menu")`` where the bank has no such combination.
    """
    for choice in seen.menu:
        if (choice.periods, choice.down_payment_ratio.text, choice.waiver_ratio.text) == (
            periods,
            down_payment,
            waiver,
        ):
            after = seen.offer.interest_after if seen.offer else seen.talk.debt.interest_after
            budget = Budget(seen.affordable_fen, seen.savings_fen, tuple(o.rows for o in seen.others))
            return Put(choice.plan.as_terms(), choice.waived_fen, after), _of_choice(choice, after, budget)
    raise Refusal(
        "not-on-menu",
        words("银行没有这样的组合：每期会少于它的下限。换一个期数试试。"),
        field="periods",
        status=422,
    )


def _budget(actor: Actor, talk: Negotiation) -> tuple[Budget, tuple[OtherBank, ...]]:
    """Return the household's means beside all other banks: of this application, and of earlier ones."""
    beside = [s for s in standings(actor, talk.application_id) if s.negotiation_id != talk.pk]
    named = {s.bank.pk for s in beside} | {talk.bank_id}
    rows = [OtherBank(s.bank, s.rows) for s in beside]
    known = {bank.pk: bank for bank in banks.banks(actor)}
    rows += [OtherBank(known[c.bank_id], c.rows) for c in commitments(actor) if c.bank_id not in named]
    savings = (talk.application.savings_fen or 0) - sum(s.down_payment_fen for s in beside)
    others = tuple(o for o in rows if o.rows)
    return Budget(talk.application.affordable_fen or 0, savings, tuple(o.rows for o in others)), others


def _hurts(offer: Offer, talk: Negotiation, policy: BankPolicy, budget: Budget) -> tuple[Hurt, ...]:
    schedule = build(offer.terms)
    base = base_for(schedule, clock.today())
    return hurting(schedule, talk.debt.balance_fen, talk.debt.waivable_fen, policy, budget, base)


def _income_fen(actor: Actor, talk: Negotiation) -> int:
    """Return the household's monthly income as it was declared."""
    budget = budget_of(applications.answers(actor, talk.application))
    return sum(reason.amount_fen for reason in budget.reasons if reason.code == "income")


def _policy(talk: Negotiation, today: date) -> BankPolicy | None:
    menu = banks.menu(talk.bank_id, today)
    return policy_of(menu) if menu else None


def _judged(schedule: Schedule, waived_fen: int, interest_after: str, budget: Budget) -> Terms:
    base = base_for(schedule, clock.today())
    return Terms(schedule, waived_fen, interest_after, base, weigh(schedule, budget, base))


def _of_offer(offer: Offer | None, budget: Budget) -> Terms | None:
    if offer is None:
        return None
    return _judged(build(offer.terms), offer.waived_fen, offer.interest_after, budget)


def _of_choice(choice: Choice, interest_after: str, budget: Budget) -> Terms:
    return replace(_judged(choice.schedule, choice.waived_fen, interest_after, budget), choice=choice)
