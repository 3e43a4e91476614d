"""Law as code, one file for each act; this is the index. ``docs/rules.md`` is drawn from it.

Every number stands in ``heyue.policy.law`` with its dates; the rules get it as a value. ``JUDGES`` are those of an
agreement, which ``heyue check`` runs; ``RULES`` names all, each with the kind of facts that it judges.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heyue.engine.money import fen
from heyue.engine.rules import article_70, charges, contact, instalments, waits
from heyue.engine.rules.agreement import Agreement
from heyue.engine.rules.facts import (
    AdverseRecord,
    ChargedLine,
    Complaint,
    Contact,
    CreditObjection,
    Household,
    InstalmentProduct,
    Letter,
    SetOff,
)
from heyue.engine.rules.law import Finding, Judge, Law, Rule, in_force

JUDGES = dict((*article_70.JUDGES, *charges.JUDGES))


@dataclass(frozen=True)
class Known:
    """A rule that the engine knows: its record's id, the facts that it is about, and how it judges them."""

    id: str
    about: type
    judge: Judge


RULES = (
    Known("CC-70-1", Household, article_70.may_negotiate),
    *(Known(id, Agreement, judge) for id, judge in JUDGES.items()),
    Known("CC-70-4", Contact, contact.no_contact_while_agreement_holds),
    Known("CC-68", Contact, contact.contact_is_fair),
    Known("COLLECT-TIME", Contact, contact.contact_within_hours),
    Known("CC-69", Letter, contact.letter_states_its_contents),
    Known("CC-ORDER", SetOff, charges.set_off_in_order),
    Known("PB-111-FEE", ChargedLine, charges.charged_line_is_no_fee),
    Known("CB-2022-13", InstalmentProduct, instalments.product_within_limits),
    Known("COMPLAINT", Complaint, waits.plain_complaint_decided_in_time),
    Known("COMPLAINT-COMPLEX", Complaint, waits.complex_complaint_decided_in_time),
    Known("CREDIT", CreditObjection, waits.objection_answered_in_time),
    Known("CREDIT", AdverseRecord, waits.adverse_record_forgotten_in_time),
)


def rules_of(laws: Iterable[Law]) -> tuple[Rule, ...]:
    """The rules of an agreement that the records in force call for, in the order of the index."""
    held = {law.id: law for law in laws}
    return tuple(in_force(judge, held[id]) for id, judge in JUDGES.items() if id in held)


def check_agreement(agreement: Agreement, laws: Iterable[Law]) -> tuple[Finding, ...]:
    """All that the rules in force find in an agreement, in the order of the index."""
    return tuple(finding for rule in rules_of(laws) for finding in rule.check(agreement))


def check(facts: Any, laws: Iterable[Law]) -> tuple[Finding, ...]:
    """All that the rules in force find in facts of any kind, in the order of the index."""
    held = {law.id: law for law in laws}
    known = [one for one in RULES if one.about is type(facts) and one.id in held]
    return tuple(finding for one in known for finding in in_force(one.judge, held[one.id]).check(facts))


def charged_lines(answer: Mapping[str, Any]) -> Iterable[ChargedLine]:
    """The lines of interest of an answer of ``heyue interest``, as facts."""
    for statement in answer["statements"]:
        for line in statement["lines"]:
            yield ChargedLine(line["posting"]["kind"], fen(line["interest"]))
