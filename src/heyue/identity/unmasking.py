"""Opening a borrower's particulars for staff (查看完整信息): never without a reason, never without a leaf."""

from __future__ import annotations

from heyue.acts import current
from heyue.engine.refusal import Refusal, words
from heyue.evidence import Subject, append
from heyue.identity.models import Person
from heyue.identity.reads import Full, in_full

REASON_CHARS_MIN = 4
REASON_CHARS_MAX = 200


def open_for_staff(person: Person, subject: Subject, reason: str) -> Full:
    """Return a borrower's particulars in clear and write who saw them and why, in the open act.

    The caller has checked that the matter ``subject`` is the actor's own business. Raises
    ``Refusal("reason-missing")``. Source: 个人信息保护法 第六、五十一条 (least use, records of access).
    """
    said = reason.strip()
    if not REASON_CHARS_MIN <= len(said) <= REASON_CHARS_MAX:
        raise Refusal(
            "reason-missing",
            words("写一句为什么要看，4 到 200 个字，持卡人会看到"),
            field="reason",
            status=422,
        )
    append("person.unmasked", subject, current().actor, {"reason": said})
    return in_full(person)
