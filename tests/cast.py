"""The fixed cast: Lin owes, Zhao is a stranger to her matters, two banks with an officer each, staff."""

from __future__ import annotations

from dataclasses import dataclass

import build
from heyue.banks.models import Bank
from heyue.engine.moves import Actor, Role
from heyue.identity import reads
from heyue.identity.models import Person
from kept import built_once

LIN_PHONE, LIN_NAME, LIN_ID = "13800005678", "林晓", "110101199003077619"
ZHAO_PHONE, ZHAO_NAME, ZHAO_ID = "13900001234", "赵一鸣", "440301198812120034"
PASSWORD = "one-long-password"


@dataclass(frozen=True)
class Cast:
    """Everybody on the stage, as actors."""

    lin: Actor
    zhao: Actor
    officer_a: Actor
    officer_b: Actor
    reviewer: Actor
    operator: Actor
    bank_a: Bank
    bank_b: Bank

    @property
    def lin_person(self) -> Person:
        """Lin's row as it stands now."""
        return reads.person(self.lin)


@built_once
def assemble() -> Cast:
    """Bring everybody on: Lin and Zhao have read the notice and said who they are, nobody has a card yet."""
    bank_a = build.bank("donghu", "东湖银行", "东", colour=1)
    bank_b = build.bank("nanshan", "南山银行", "南", colour=2)
    return Cast(
        lin=build.borrower(LIN_PHONE, LIN_NAME, LIN_ID),
        zhao=build.borrower(ZHAO_PHONE, ZHAO_NAME, ZHAO_ID),
        officer_a=build.staff(Role.OFFICER, "wang", "王立", "A-0101", bank_a, password=PASSWORD),
        officer_b=build.staff(Role.OFFICER, "lu", "陆远", "B-0217", bank_b, password=PASSWORD),
        reviewer=build.staff(Role.REVIEWER, "chen", "陈静", "P-0007", password=PASSWORD),
        operator=build.staff(Role.OPERATOR, "zhou", "周宁", "P-0001", password=PASSWORD),
        bank_a=bank_a,
        bank_b=bank_b,
    )
