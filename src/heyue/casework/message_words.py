"""Words that go to many borrowers (留言模板): kept under a name, with places that are filled for each case."""

from __future__ import annotations

import re
from uuid import UUID

from heyue import clock
from heyue.acts import verb
from heyue.application.proofs import HEALTH_KINDS, KINDS
from heyue.casework.actions import officer
from heyue.casework.models import MessageTemplate
from heyue.dispatch.models import Dispatch
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.evidence import Subject, append
from heyue.negotiation.actions import QUESTION_CHARS_MAX

PLACES = {"案件号": "number", "银行": "bank", "专员": "officer"}
"""What stands in braces, in either language, is filled for each case: its number, the bank, who writes."""
PAPERS = {kind: said for kind, said in KINDS.items() if kind not in HEALTH_KINDS}
"""Papers that can be asked of many at once. One about health is asked for by itself, as its consent is."""
_PLACE = re.compile(r"\{([^{}]*)\}")


@verb
def keep_message(name: str, text: str, wants_answer: bool) -> None:
    """Keep words under a name for the bank's officers; the name again keeps the new words in its place."""
    me = officer()
    called, said = name.strip()[:30], must_be_fillable(text)
    if not called:
        raise Refusal("template-name", words("给这个模板起个名字"), field="name", status=422)
    values = {"text": said, "wants_answer": wants_answer, "made_at": clock.now()}
    kept = MessageTemplate.objects.update_or_create(bank_id=me.bank_id, name=called, defaults=values)[0]
    append("message-template.kept", Subject("message-template", kept.pk, bank_id=me.bank_id), me.actor, {"text": said})


@verb
def drop_message(template_id: UUID) -> None:
    """Take words of one's bank away. Raises ``NotFound``."""
    me = officer()
    kept = MessageTemplate.objects.filter(bank_id=me.bank_id, pk=template_id).first()
    if kept is None:
        raise NotFound()
    kept.delete()
    append("message-template.dropped", Subject("message-template", template_id, bank_id=me.bank_id), me.actor)


def must_be_fillable(text: str) -> str:
    """Return the words as they are kept. Raises ``Refusal`` for none, too many, and a place that there is not."""
    said = text.strip()
    if not 0 < len(said) <= QUESTION_CHARS_MAX:
        raise Refusal("message-length", words("写下要说的话，500 字以内"), field="text", status=422)
    for place in _PLACE.findall(said):
        if place not in PLACES and place not in PLACES.values():
            raise Refusal(
                "unknown-place",
                words("不认识 {%(place)s}。能填的有 {案件号}、{银行}、{专员}。"),
                field="text",
                status=422,
                params={"place": place},
            )
    return said


def filled(text: str, row: Dispatch, writer: str) -> str:
    """Return the words with their places filled for one case."""
    facts = {"number": row.number, "bank": row.bank.name, "officer": writer}
    return _PLACE.sub(lambda found: facts.get(PLACES.get(found[1], found[1]), found[0]), text)


def asking_for(kind: str, text: str) -> str:
    """Return the question that asks for a paper. Chinese, as what a bank writes: it is no page of ours."""
    said = text.strip()
    return f"请补一份材料：{PAPERS[kind]}。{said}" if said else f"请补一份材料：{PAPERS[kind]}。"
