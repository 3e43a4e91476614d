"""Proofs: the list that this situation asks for, upload and removal, and the separate consent for health papers."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from heyue.application import reads
from heyue.application.actions import chosen_cards, keep_as_it_is, remove_proof
from heyue.application.checklist import others, wanted
from heyue.application.models import Proof
from heyue.application.proofs import BYTES_MAX, CLARITY, HEALTH_KINDS, KINDS, refused
from heyue.application.uploads import OnItsWay, on_their_way
from heyue.banks.models import Bank
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.apply.proof_taking import take
from heyue.faces.borrower.apply.steps import TO_REVIEW, Draft, address, shown, step_view
from heyue.faces.problems import sentence
from heyue.faces.upload_limit import was_too_large
from heyue.identity import reads as people
from heyue.identity.actions import give_consent, withdraw_consent
from heyue.identity.models import Consent
from heyue.journey import perform
from heyue.wallet import reads as wallets

FILES_AT_ONCE_MAX = 10
HEALTH = Consent.Purpose.HEALTH.value


@dataclass(frozen=True, slots=True)
class Sent:
    """One proof that was sent: its row, its file name, and what may make it hard to read."""

    proof: Proof
    name: str
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of proof: its name, what exactly to send, what was sent, what is wrong with the last try."""

    value: str
    label: str
    what: str
    sent: tuple[Sent, ...]
    errors: tuple[str, ...]
    is_health: bool
    coming: tuple[OnItsWay, ...]

    @property
    def error_id(self) -> str:
        """The id of what went wrong with the last try; empty where nothing did."""
        return f"e-{self.value}" if self.errors else ""

    @property
    def is_doubtful(self) -> bool:
        """Whether a picture of it may be hard to read."""
        return any(one.hints for one in self.sent)

    @property
    def pages(self) -> int:
        """How many pages were sent."""
        return sum(one.proof.pages for one in self.sent)


@dataclass(frozen=True, slots=True)
class HealthConsent:
    """Whether a bank may see health papers, as the borrower said."""

    bank: Bank
    given: bool


@step_view("proofs")
def proofs(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Show the list; a post brings files of one kind."""
    if request.method != "POST":
        return _page(request, draft)
    kind = request.POST.get("kind", "")
    errors = _take(request, draft, kind)
    if not errors:
        _replace(request, draft)
    return _page(request, draft, kind, errors) if errors else redirect(_here(draft, kind))


@step_view("proofs")
def remove(request: HttpRequest, draft: Draft, proof_id: UUID) -> HttpResponse:
    """Take a proof out."""
    if request.method == "POST":
        perform(draft.actor, remove_proof, application_id=draft.row.pk, proof_id=proof_id)
        messages.success(request, _("删掉了。"))
    return redirect(_here(draft))


@step_view("proofs")
def keep(request: HttpRequest, draft: Draft, proof_id: UUID) -> HttpResponse:
    """Leave a picture as it is, whatever the hints say."""
    if request.method == "POST":
        perform(draft.actor, keep_as_it_is, application_id=draft.row.pk, proof_id=proof_id)
    return redirect(_here(draft))


def _replace(request: HttpRequest, draft: Draft) -> None:
    """Take out the picture that the new one was taken instead of."""
    try:
        replaced = UUID(request.POST.get("instead", ""))
    except ValueError:
        return
    perform(draft.actor, remove_proof, application_id=draft.row.pk, proof_id=replaced)


@step_view("proofs")
def done(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Keep the consents for health papers as they are ticked, and go on to the review."""
    if request.method == "POST" and "health" in request.POST:
        ticked = set(request.POST.getlist("bank"))
        for one in _health_consents(draft):
            wants = str(one.bank.pk) in ticked
            if wants != one.given:
                verb = give_consent if wants else withdraw_consent
                perform(draft.actor, verb, bank_id=one.bank.pk, purpose=HEALTH)
    return redirect(address(TO_REVIEW))


def _page(request: HttpRequest, draft: Draft, kind: str = "", errors: tuple[str, ...] = ()) -> HttpResponse:
    listed = wanted(draft.answers)
    sent = [
        Sent(proof, name, tuple(_(CLARITY[hint]) for hint in proof.hints if hint in CLARITY))
        for proof, name in reads.proofs(draft.actor, draft.row)
    ]
    there = _There(sent, on_their_way(draft.actor, draft.row), kind, errors)
    rows = [there.of(one.kind, _(one.what)) for one in listed]
    more = [there.of(other, "") for other in others([one.kind for one in listed])]
    context = shown(
        request,
        draft,
        listed=rows,
        more=[one for one in more if one.sent or one.errors or one.coming],
        more_kinds=more,
        kind=kind,
        kind_error="" if kind in KINDS else " ".join(errors),
        ready=sum(1 for one in rows if one.sent),
        count=len(sent),
        megabytes=BYTES_MAX // 1024 // 1024,
        health=_health_consents(draft) if _asks_health(draft, sent) else [],
    )
    return render(request, "borrower/apply/proofs.html", context)


@dataclass(frozen=True, slots=True)
class _There:
    """What has come, what is on its way, and which kind was tried last with what went wrong."""

    sent: list[Sent]
    coming: list[OnItsWay]
    tried: str
    errors: tuple[str, ...]

    def of(self, kind: str, what: str) -> Kind:
        """Return what there is of one kind."""
        return Kind(
            value=kind,
            label=_(KINDS[kind]),
            what=what,
            sent=tuple(one for one in self.sent if one.proof.kind == kind),
            errors=self.errors if kind == self.tried else (),
            is_health=kind in HEALTH_KINDS,
            coming=tuple(one for one in self.coming if one.kind == kind),
        )


def _asks_health(draft: Draft, sent: list[Sent]) -> bool:
    """Health papers are there or asked for, so that the consent has a subject."""
    return any(one.proof.is_health for one in sent) or any(one.kind in HEALTH_KINDS for one in wanted(draft.answers))


def _health_consents(draft: Draft) -> list[HealthConsent]:
    given = people.standing_consents(draft.actor, HEALTH)
    debts = wallets.by_bank(draft.actor, chosen_cards(draft.answers))
    return [HealthConsent(debt.bank, debt.bank.pk in given) for debt in debts]


def _take(request: HttpRequest, draft: Draft, kind: str) -> tuple[str, ...]:
    """Take in each file on its own; return what is wrong, file by file."""
    files = request.FILES.getlist("file")
    errors = []
    if was_too_large(request):
        errors.append(sentence(refused("too-large")))
    elif not files:
        errors.append(_("先选一张照片或一个 PDF。"))
    for file in files[:FILES_AT_ONCE_MAX]:
        try:
            take(draft, kind, file.name or "", file.read(BYTES_MAX + 1))
        except Refusal as refusal:
            if refusal.code == "already-submitted":
                raise
            said = sentence(refusal)
            errors.append(said if len(files) == 1 else _("%(name)s：%(said)s") % {"name": file.name, "said": said})
    if len(files) > FILES_AT_ONCE_MAX:
        errors.append(_("一次最多传 %(n)s 个，后面的没有收下。") % {"n": FILES_AT_ONCE_MAX})
    return tuple(errors)


def _here(draft: Draft, kind: str = "") -> str:
    query = f"?back={TO_REVIEW}" if draft.back else ""
    return address("proofs") + query + (f"#{kind}" if kind else "")


urls = [
    path("apply/proofs", proofs, name="apply-proofs"),
    path("apply/proofs/done", done, name="apply-proofs-done"),
    path("apply/proofs/<uuid:proof_id>/keep", keep, name="apply-proof-keep"),
    path("apply/proofs/<uuid:proof_id>/remove", remove, name="apply-proof-remove"),
]
