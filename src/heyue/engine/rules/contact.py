"""How and when a borrower may be contacted for collection (催收), and what a collection letter states."""

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Any

from heyue.engine.rules.facts import Contact, Letter
from heyue.engine.rules.law import Said, years_after

PARTIES = ("debtor", "guarantor")


def may_be_contacted(at: time, quiet_hours: Any) -> bool:
    """Whether collection contact is allowed at a local time; ``quiet_hours`` is the record COLLECT-TIME's value."""
    quiet_from = time.fromisoformat(quiet_hours["quiet_from"])
    quiet_until = time.fromisoformat(quiet_hours["quiet_until"])
    if quiet_from <= quiet_until:
        return not quiet_from <= at < quiet_until
    return quiet_until <= at < quiet_from


def contact_within_hours(contact: Contact, quiet_hours: Any) -> Iterator[Said]:
    """No contact in quiet hours (COLLECT-TIME)."""
    if not may_be_contacted(contact.at.time(), quiet_hours):
        yield "error", f"{contact.at:%H:%M} 联系，在不得催收的时段里"


def contact_is_fair(contact: Contact, kept_years: int) -> Iterator[Said]:
    """Only debtor and guarantor, without violence or insult, recorded and the recording kept (CC-68)."""
    if contact.party not in PARTIES:
        yield "error", "联系了无关的第三人"
    if contact.abusive:
        yield "error", "用了暴力、胁迫、恐吓或辱骂"
    if contact.kept_until is None:
        yield "error", "没有录音"
    elif contact.kept_until < years_after(contact.at.date(), kept_years):
        yield "error", f"录音保存不满 {kept_years} 年"


def no_contact_while_agreement_holds(contact: Contact, applies: Any) -> Iterator[Said]:
    """Once a personalised agreement is signed and kept, collection has stopped (CC-70-4)."""
    if applies and contact.agreement_holds:
        yield "error", "协议签订后没有违约，仍在催收"


def letter_states_its_contents(letter: Letter, contents: Sequence[str]) -> Iterator[Said]:
    """What a collection letter discloses at least; the record names it (CC-69)."""
    for name in contents:
        if name not in letter.states:
            yield "error", f"催收函没有写明{_CONTENTS[name]}"


_CONTENTS = {
    "name_and_balance": "持卡人姓名和欠款余额",
    "reason_and_law": "催收事由和法律依据",
    "rights_and_duties": "持卡人的权利和义务",
    "how_to_query_repay_object": "查账、还款、提出异议和提供证据的途径",
    "bank_contact": "发卡行的联系方式",
    "seal": "公章",
}
