"""Law as code, one file for each act; this is the index.

| rule | file | what it says |
|---|---|---|
| CC-70-2 | ``article_70.term_within_limit`` | at most 60 months |
| CC-70-3 | ``article_70.states_its_contents`` | the six contents |
| CC-70-4 | ``article_70.stops_collection`` | collection stops |
| CC-70-5 | ``article_70.keeps_the_recording`` | recording of an oral agreement |
| PB-111-FEE | ``charges.no_interest_on_fees`` | fees bear no interest |
| PB-111-RATE, PB-327 | ``charges.rate_within_limits`` | the overdraft rate |
| PB-2021-3 | ``charges.shows_its_annual_rate`` | the annual rate by IRR |
| COLLECT-TIME | ``contact.may_be_contacted`` | quiet hours |

Every number stands in ``heyue.policy.law`` with its dates; the rules get it as a value.
"""

from collections.abc import Iterable

from heyue.engine.rules import article_70, charges
from heyue.engine.rules.agreement import Agreement
from heyue.engine.rules.law import Finding, Law, Rule, in_force

JUDGES = dict((*article_70.JUDGES, *charges.JUDGES))


def rules_of(laws: Iterable[Law]) -> tuple[Rule, ...]:
    """The rules that the records in force call for, in the order of the index."""
    held = {law.id: law for law in laws}
    return tuple(in_force(judge, held[id]) for id, judge in JUDGES.items() if id in held)


def check_agreement(agreement: Agreement, laws: Iterable[Law]) -> tuple[Finding, ...]:
    """All that the rules in force find in an agreement, in the order of the index."""
    return tuple(finding for rule in rules_of(laws) for finding in rule.check(agreement))
