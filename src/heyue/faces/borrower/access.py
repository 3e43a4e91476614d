"""Who looked at what, what each bank may see, and everything that happened: the record that nobody can delete."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from heyue.application import reads as applications
from heyue.application.models import ProofLook
from heyue.application.proofs import KINDS
from heyue.banks import reads as banks
from heyue.banks.models import Bank
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.problems import sentence
from heyue.faces.sessions import borrower_only
from heyue.identity import actions as identity
from heyue.identity import reads as people
from heyue.identity.models import Consent
from heyue.journey import busy_banks, disclosed, perform, story
from heyue.journey.disclosed import Disclosure, to_banks
from heyue.journey.words import ACTORS


@dataclass(frozen=True, slots=True)
class Allowed:
    """A standing consent: what for, and the page on which it is withdrawn."""

    consent: Consent
    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked at a proof: who, at what, when."""

    look: ProofLook
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class BankAccess:
    """What one bank may see, what it may no longer see though something is open with it, and what it looked at."""

    bank: Bank
    allowed: tuple[Allowed, ...]
    taken_back: tuple[Allowed, ...]
    looks: tuple[Look, ...]
    told: tuple[Disclosure, ...] = ()


@never_cache
@borrower_only
def access(request: HttpRequest) -> HttpResponse:
    """Show consents and looks bank by bank, and the timeline of everything, by option of one bank."""
    known = {bank.slug: bank for bank in banks.banks(request.actor)}
    chosen = known.get(request.GET.get("bank", ""))
    looks = list(applications.looks(request.actor))
    shown = _by_bank(request.actor, known.values(), looks)
    context = {
        "banks": [one for one in shown if chosen is None or one.bank.pk == chosen.pk],
        "filters": [one.bank for one in shown],
        "chosen": chosen,
        "bank_looks": sum(len(one.looks) for one in shown),
        "our_looks": [_look(look) for look in looks if look.bank_id is None],
        "entries": story.of_borrower(request.actor, chosen.pk if chosen else None),
    }
    return render(request, "borrower/access/page.html", context)


@never_cache
@borrower_only
def withdraw(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    """Ask once more, and withdraw one consent."""
    consent = people.consents(request.actor).filter(pk=consent_id).first()
    if consent is None:
        raise NotFound()
    address, words = _purpose(consent)
    if address:
        return redirect(address)
    if request.method == "POST" and consent.withdrawn_at is None:
        try:
            perform(request.actor, identity.withdraw_consent, bank_id=consent.bank_id, purpose=consent.purpose)
            messages.success(request, _("收回了，%(bank)s拿不到新的了。") % {"bank": consent.bank.name})
        except Refusal as refusal:
            messages.warning(request, sentence(refusal))
    if request.method == "POST" or consent.withdrawn_at:
        return redirect("access")
    context = {"consent": consent, "words": words, "bank": consent.bank}
    return render(request, "borrower/access/withdraw.html", context)


@require_POST
@borrower_only
def again(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    """Give a consent anew that was taken back; the same tapped twice is one."""
    consent = people.consents(request.actor).filter(pk=consent_id).first()
    if consent is None or _purpose(consent)[0]:
        raise NotFound()
    perform(request.actor, identity.give_consent, bank_id=consent.bank_id, purpose=consent.purpose)
    messages.success(request, _("好了，%(bank)s又可以看了。") % {"bank": consent.bank.name})
    return redirect("access")


@never_cache
@borrower_only
def stop(request: HttpRequest, slug: str) -> HttpResponse:
    """Tell what stopping means for one bank, and stop telling it more."""
    bank = next((one for one in banks.banks(request.actor) if one.slug == slug), None)
    if bank is None:
        raise NotFound()
    shown = next(iter(_by_bank(request.actor, [bank], list(applications.looks(request.actor)))), None)
    if request.method == "POST":
        perform(request.actor, disclosed.stop, bank=bank, feed="feed" in request.POST)
        messages.success(request, _("停了，%(bank)s拿不到新的了。") % {"bank": bank.name})
        return redirect("access")
    reads = any(one.consent.purpose == Consent.Purpose.ACCOUNTS for one in shown.allowed) if shown else False
    context = {"bank": bank, "shown": shown, "reads": reads, "busy": bank.pk in busy_banks(request.actor)}
    return render(request, "borrower/access/stop.html", context)


def _by_bank(actor: Actor, known: Iterable[Bank], looks: list[ProofLook]) -> list[BankAccess]:
    consents = list(people.consents(actor))
    standing = [c for c in consents if c.withdrawn_at is None]
    gone = _taken_back(consents, busy_banks(actor))
    told = to_banks(actor)
    found = []
    for bank in known:
        allowed = tuple(
            Allowed(c, _purpose(c)[1], _purpose(c)[0] or f"/access/{c.pk}/withdraw")
            for c in standing
            if c.bank_id == bank.pk
        )
        seen = tuple(_look(look) for look in looks if look.bank_id == bank.pk)
        taken_back = tuple(Allowed(c, _purpose(c)[1], f"/access/{c.pk}/again") for c in gone if c.bank_id == bank.pk)
        if allowed or taken_back or seen or told.get(bank.pk):
            found.append(BankAccess(bank, allowed, taken_back, seen, tuple(told.get(bank.pk, ()))))
    return found


def _taken_back(consents: list[Consent], busy: frozenset[UUID]) -> list[Consent]:
    """Return the newest consent of each kind that was taken back from a bank with which something is open."""
    newest: dict[tuple[UUID, str], Consent] = {}
    for consent in consents:
        known = newest.setdefault((consent.bank_id, consent.purpose), consent)
        if known.withdrawn_at and consent.withdrawn_at is None:
            newest[consent.bank_id, consent.purpose] = consent
    return [c for c in newest.values() if c.withdrawn_at and c.bank_id in busy and not _purpose(c)[0]]


def _look(look: ProofLook) -> Look:
    return Look(look, _(ACTORS[Role(look.actor_role)]), _(KINDS.get(look.proof.kind, "")))


def _purpose(consent: Consent) -> tuple[str, str]:
    said = {
        Consent.Purpose.ACCOUNTS: ("/banks", _("查你的信用卡、账单、还款")),
        Consent.Purpose.APPLICATION: ("", _("看你的申请材料")),
        Consent.Purpose.HEALTH: ("", _("看你看病的材料")),
    }
    return said[Consent.Purpose(consent.purpose)]


urls = [
    path("access", access, name="access"),
    path("access/<uuid:consent_id>/withdraw", withdraw, name="access-withdraw"),
    path("access/<uuid:consent_id>/again", again, name="access-again"),
    path("access/<slug:slug>/stop", stop, name="access-stop"),
]
