"""A copy of all one's data (我的资料): one JSON file in plain words' order, and every file, in a zip.

Source: 个人信息保护法 第四十五条 (access and copy).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from heyue import clock
from heyue.acts import current, verb
from heyue.agreement import reads as agreements
from heyue.application import reads as applications
from heyue.application.proofs import content_of
from heyue.dispatch import channels
from heyue.dispatch import reads as dispatches
from heyue.disputes import reads as disputes
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted
from heyue.evidence import Subject, append
from heyue.execution import calendar_feed, said_paid
from heyue.execution import reads as plans
from heyue.identity import assistance
from heyue.identity import reads as people
from heyue.journey import story
from heyue.journey.told import told
from heyue.negotiation import reads as negotiations
from heyue.negotiation import recordings
from heyue.notices.choices import choice, mail_address
from heyue.review import appeals
from heyue.wallet import reads as wallets
from heyue.wallet import statement_reads as statements

IN_MEMORY_BYTES = 8 * 1024 * 1024
ABOUT = "全部数据在 data.json，文件在各个文件夹里。金额的单位是分，日期是北京时间的日子。"
Json = dict[str, Any]


@verb
def record_copy() -> None:
    """Write that the borrower took a copy."""
    actor = current().actor
    if actor.role is not Role.BORROWER or actor.person_id is None:
        raise NotPermitted()
    append("person.copy-taken", Subject("person", actor.person_id, borrower_id=actor.person_id), actor)


def packed(actor: Actor) -> IO[bytes]:
    """Return the zip, at its beginning; large ones lie on disk until they are closed. Raises ``NotFound``."""
    if actor.role is not Role.BORROWER:
        raise NotFound()
    out: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - the answer closes it
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", ABOUT)
        archive.writestr("data.json", json.dumps(data_of(actor), ensure_ascii=False, indent=1, default=_plain))
        for name, content in _files(actor):
            archive.writestr(name, content)
    out.seek(0)
    return out


def data_of(actor: Actor) -> Json:
    """Return everything that is kept of a borrower, in clear."""
    person = people.person(actor)
    return {
        "copied_at": clock.now(),
        "account": {**asdict(people.own(actor)), "created_at": person.created_at},
        "consents": [_columns(row, "bank_id", "purpose", "given_at", "withdrawn_at") for row in people.consents(actor)],
        "cards": [_card(card) for card in wallets.cards(actor).prefetch_related("activity")],
        "own_cards": [_card(card) for card in wallets.own_cards(actor).prefetch_related("activity")],
        "statement_files": statements.copy_of(actor),
        "applications": [_application(actor, row) for row in applications.visible(actor)],
        "negotiations": [_negotiation(actor, row) for row in negotiations.visible(actor)],
        "mails": [_mail(one) for one in channels.opened(channels.mails(actor))],
        "agreements": [
            _columns(row, "number", "terms", "schedule_hash", "sha256", "drawn_at", "in_force_on", "state")
            for row in agreements.visible(actor)
        ],
        "plans": [_plan(actor, row) for row in plans.visible(actor)],
        "appeals": [_appeal(row) for row in appeals.visible(actor)],
        "disputes": [_dispute(one) for one in disputes.told_all(actor, list(disputes.visible(actor)))],
        "told": [_plain(one) for one in told(actor)],
        "helpers": assistance.copy_of(actor),
        "reminders": {**asdict(choice(person.pk)), "mail": mail_address(person.pk)},
        "calendar": calendar_feed.address(actor),
        "looked_at": [
            _columns(row, "proof_id", "actor_role", "bank_id", "looked_at") for row in applications.looks(actor)
        ],
        "happened": [
            {"at": entry.at, "who": entry.who, "what": entry.words, "commitment": entry.commitment}
            for entry in story.of_borrower(actor)
        ],
    }


def _card(card: Any) -> Json:
    names = ("bank_id", "product", "last4", "as_of", "balance_fen", "principal_fen", "interest_fen", "fee_fen")
    statements = [
        _columns(row, *(f.attname for f in row._meta.concrete_fields if f.name not in ("id", "card")))
        for row in card.statements.all()
    ]
    lines = [_columns(row, "date", "kind", "amount_fen", "text", "statement_on") for row in card.activity.all()]
    return {**_columns(card, *names), "statements": statements, "postings": lines}


def _application(actor: Actor, row: Any) -> Json:
    return {
        **_columns(row, "number", "started_at", "submitted_at", "base_date", "state", "affordable_fen", "savings_fen"),
        "answers": applications.answers(actor, row),
        "proofs": [
            {"name": name, **_columns(proof, "kind", "media_type", "size_bytes", "sha256", "added_at")}
            for proof, name in applications.proofs(actor, row)
        ],
    }


def _negotiation(actor: Actor, row: Any) -> Json:
    return {
        **_columns(row, "bank_id", "opened_on", "state", "officer_name", "officer_number", "refusal"),
        "offers": [
            _columns(o, "by", "terms", "hash", "waived_fen", "valid_until", "note", "answer", "fate", "made_at")
            for o in negotiations.offers(actor, row)
        ],
        "questions": [
            {"question": q.question, "answer": q.answer, **_columns(q.row, "asked_at", "answered_at")}
            for q in negotiations.questions(actor, row)
        ],
        "calls": [
            {
                "staff": c.staff,
                "notes": c.notes,
                **_columns(c.row, "called_at", "seconds", "result", "promised_on", "recording_sha256"),
            }
            for c in negotiations.calls(actor, row.pk)
        ],
    }


def _mail(one: channels.Opened) -> Json:
    said = {"from": one.sender, "subject": one.subject, "text": one.text}
    return {
        "bank_id": one.row.dispatch.bank_id if one.row.dispatch else None,
        **said,
        **_columns(one.row, "received_at"),
    }


def _plan(actor: Actor, row: Any) -> Json:
    return {
        **_columns(row, "bank_id", "schedule_hash", "started_on", "completed_on", "state"),
        "instalments": [
            _columns(i, "period", "due_on", "amount_fen", "principal_fen", "interest_fen", "state", "paid_on")
            for i in row.instalments.all()
        ],
        "payments": [_columns(p, "paid_on", "amount_fen", "bank_ref", "text") for p in row.payments.all()],
        "said_paid": [_columns(s, "paid_on", "said_at", "sha256") for s in plans.said_paid(actor, row).values()],
        "warnings": [
            _columns(w, "period", "wish", "can_pay_fen", "pay_by", "warned_at") for w in plans.warnings(actor, row)
        ],
    }


def _appeal(row: Any) -> Json:
    said = {"number": row.application.number, "words": appeals.words_of(row)}
    opened = {"reason": appeals.reason_of(row), "answer": appeals.answer_of(row)}
    return {**said, **opened, **_columns(row, "rejected_at", "made_at", "decided_at", "state")}


def _dispute(one: disputes.Told) -> Json:
    return {
        **_columns(one.row, "number", "bank_id", "kind", "against", "made_at", "decided_at", "state"),
        "words": one.words,
        "reason": one.reason,
        "questions": [
            {"question": q.question, "answer": q.answer, **_columns(q.row, "asked_at", "answered_at")}
            for q in one.asked
        ],
        "papers": [{"name": paper.name, **_columns(paper.row, "sha256", "added_at")} for paper in one.papers],
    }


def _files(actor: Actor) -> Iterator[tuple[str, bytes]]:
    for row in applications.visible(actor):
        for proof, name in applications.proofs(actor, row):
            yield f"proofs/{row.number}/{str(proof.pk)[-6:]}-{name}", content_of(proof.borrower_id, proof.file)
    for sent in statements.with_bytes(actor):
        yield f"statements/{str(sent.row.pk)[-6:]}-{sent.name}", statements.content(sent.row)
    for form in dispatches.visible(actor).exclude(form_file=""):
        yield f"forms/{form.number}.pdf", dispatches.form_pdf(actor, form.pk)
    for mail in channels.mails(actor):
        for paper, name in channels.papers(mail):
            if paper.file:
                yield f"mails/{str(paper.pk)[-6:]}-{name}", channels.paper(actor, mail.pk, paper.pk)[1]
    for drawn in agreements.visible(actor).exclude(file=""):
        yield f"agreements/{drawn.number}.pdf", agreements.document(actor, drawn.pk)
    for form in dispatches.visible(actor):
        for call in negotiations.calls(actor, form.pk):
            if call.row.recording:
                kept, content = recordings.recording(actor, call.row.pk)
                yield f"recordings/{kept.pk}{recordings.ENDINGS[kept.recording_type]}", content
    for plan in plans.visible(actor):
        for said in plans.said_paid(actor, plan).values():
            if said.file:
                ending = "pdf" if said.media_type == "application/pdf" else "jpg"
                yield f"receipts/{said.pk}.{ending}", said_paid.receipt(actor, said.pk)[1]
    for one in disputes.told_all(actor, list(disputes.visible(actor))):
        for given in one.papers:
            name = f"disputes/{one.row.number}-{str(given.row.pk)[-6:]}-{given.name}"
            yield name, disputes.paper(actor, one.row.pk, given.row.pk)[1]


def _columns(row: Any, *names: str) -> Json:
    return {name: getattr(row, name) for name in names}


def _plain(value: Any) -> Any:
    """Write what JSON has no type for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(type(value).__name__)
