"""What an operator does with banks. These stand below ``acts``, so each opens its own transaction."""

from __future__ import annotations

from base64 import b64decode
from datetime import date, datetime, timedelta
from typing import Any, Self

from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from heyue import clock
from heyue.banks.models import Bank, BankKey, BankPolicy, SandboxControl
from heyue.banks.needs import Needs, needs_of
from heyue.banks.reads import in_use, policies_on, targets_allowed
from heyue.engine.moves import PLATFORM, Actor
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.evidence import Subject, append
from heyue.gateway import targets
from heyue.gateway.signing import public_key

POLICY_SOURCE = "银行入驻资料"
COLOURS = 6
_COLUMNS = ("name", "short_name", "seal", "hotline", "hotline_hours", "pay_instructions", "base_url")


class Onboarding(BaseModel):
    """What a bank hands over when it joins (入驻). ``policy`` is contract.md section 4's; unknown fields are ignored.

    One without a system of its own has neither key nor address: it is reached at its mailbox, else by telephone.
    ``control_url`` and ``control_token`` are a sandbox bank's: the demo moves its clock there.
    """

    model_config = ConfigDict(extra="ignore")

    slug: str = Field(pattern=r"^[a-z0-9-]{1,50}$")
    name: str = Field(min_length=1, max_length=40)
    short_name: str = Field(min_length=1, max_length=10)
    seal: str = Field(min_length=1, max_length=1)
    colour: int | None = Field(default=None, ge=1, le=32)
    hotline: str = Field(max_length=20)
    hotline_hours: str = Field(default="", max_length=80)
    keyid: str = Field(default="", max_length=80)
    public_key: str = ""
    pay_instructions: str = ""
    policy: dict[str, Any] | None = None
    base_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    mail_address: str = Field(default="", max_length=254, pattern=r"^([^@\s]+@[^@\s]+)?$")
    control_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    control_token: str = Field(default="", max_length=100)
    scopes: list[Bank.Scope] | None = None
    requests_per_minute: int | None = Field(default=None, ge=1, le=1_000_000)
    needs: Needs | None = None

    @model_validator(mode="after")
    def _key_belongs_to_a_system(self) -> Self:
        if bool(self.keyid) != bool(self.public_key) or (self.base_url and not self.keyid):
            raise ValueError("keyid, public_key")
        return self

    @property
    def channel(self) -> Bank.Channel:
        """How a bank is reached that says no more than this."""
        if self.keyid:
            return Bank.Channel.API
        return Bank.Channel.EMAIL if self.mail_address else Bank.Channel.PHONE


def join(facts: dict[str, Any], actor: Actor = PLATFORM, *, may_rename: bool = False) -> Bank:
    """Register a bank, or bring a registered one up to date; the same facts again change nothing.

    A key under a new name is added beside those that stand; a menu that differs takes effect today. Another name for a
    registered bank is taken for another bank with the same slug unless ``may_rename``. Raises ``Refusal``:
    ``onboarding-incomplete``, ``address-not-allowed``, ``slug-of-another-bank``, ``key-of-another-bank``,
    ``key-changed``.
    """
    told = _read(facts)
    today = clock.today()
    with transaction.atomic():
        known = Bank.objects.select_for_update().filter(slug=told.slug).first()
        if known and known.name != told.name and not may_rename:
            said = words("这个代号已经是%(bank)s的了。换一个代号；是同一家银行改了名，加 --rename。")
            raise Refusal("slug-of-another-bank", said, params={"bank": known.name}, field="slug", status=409)
        bank = known or Bank(
            slug=told.slug, joined_on=today, colour=told.colour or _next_colour(), channel=told.channel
        )
        changed = [name for name in _COLUMNS if getattr(bank, name) != getattr(told, name)]
        for name in changed:
            setattr(bank, name, getattr(told, name))
        changed += _keep_allowance(bank, told)
        if told.colour:
            bank.colour = told.colour
        bank.save()
        changed += _keep_key(bank, told) + _keep_menu(bank, told, today) + _keep_control(bank, told)
        if changed or known is None:
            subject = Subject("bank", bank.pk, bank_id=bank.pk)
            append("bank.joined" if known is None else "bank.changed", subject, actor, {"changed": list(changed)})
    return bank


def retire_key(keyid: str, actor: Actor = PLATFORM, at: datetime | None = None) -> None:
    """Take a bank's key out of use from now on, or from an instant to come, so that the new one overlaps with it.

    One that was to end later may end sooner. What it signed before stays verifiable. Raises ``NotFound`` where no
    such key counts.
    """
    key = BankKey.objects.filter(in_use(), keyid=keyid).first()
    if key is None:
        raise NotFound()
    with transaction.atomic():
        key.retired_at = at or clock.machine_now()
        key.save(update_fields=["retired_at"])
        append("bank.key-retired", Subject("bank", key.bank_id, bank_id=key.bank_id), actor, {"keyid": keyid})


def _read(facts: dict[str, Any]) -> Onboarding:
    try:
        told = Onboarding.model_validate(facts)
        if told.public_key:
            public_key(told.public_key)
    except (ValidationError, ValueError) as error:
        places = [".".join(map(str, e["loc"])) for e in error.errors()] if isinstance(error, ValidationError) else []
        raise Refusal(
            "onboarding-incomplete",
            words("入驻资料不完整：%(fields)s。"),
            params={"fields": "、".join(places) or "public_key"},
            status=422,
        ) from error
    _check_address(told.base_url)
    return told


def _check_address(url: str) -> None:
    """Refuse an address that leads inside: the platform would be made to call its own neighbours."""
    try:
        if url:
            targets.check(url, targets_allowed())
    except targets.NotAllowed as error:
        raise Refusal(
            "address-not-allowed",
            words("这个地址不能用：银行的地址要是公网的 https 地址，或者在运营方的许可名单里。"),
            field="base_url",
            status=422,
        ) from error


def _keep_allowance(bank: Bank, told: Onboarding) -> list[str]:
    """Keep what the bank may call, how often, what it needs to see and where it reads mail, where that is told."""
    changed = []
    if told.scopes is not None and set(told.scopes) != set(bank.scopes):
        bank.scopes = sorted(told.scopes)
        changed.append("scopes")
    if told.requests_per_minute and told.requests_per_minute != bank.requests_per_minute:
        bank.requests_per_minute = told.requests_per_minute
        changed.append("requests_per_minute")
    if told.mail_address and told.mail_address != bank.mail_address:
        bank.mail_address = told.mail_address
        changed.append("mail_address")
    if told.needs is not None and told.needs != needs_of(bank):
        bank.needs = told.needs.model_dump(mode="json")
        changed.append("needs")
    return changed


def _next_colour() -> int:
    return Bank.objects.count() % COLOURS + 1


def _keep_key(bank: Bank, told: Onboarding) -> list[str]:
    if not told.keyid:
        return []
    raw = b64decode(told.public_key)
    key = BankKey.objects.filter(keyid=told.keyid).first()
    if key is None:
        BankKey.objects.create(bank=bank, keyid=told.keyid, public_key=raw)
        return ["keyid"]
    if key.bank_id != bank.pk:
        raise Refusal("key-of-another-bank", words("这个密钥编号已经属于另一家银行。"), field="keyid")
    if bytes(key.public_key) != raw:
        raise Refusal("key-changed", words("这个密钥编号已经对应另一把公钥。换钥匙要用新的编号。"), field="public_key")
    return []


def _keep_menu(bank: Bank, told: Onboarding, today: date) -> list[str]:
    standing = policies_on(today).filter(bank=bank).first()
    if told.policy is None or (standing and standing.menu == told.policy):
        return []
    if standing and standing.effective_from == today:
        standing.menu = told.policy
        standing.save(update_fields=["menu"])
        return ["policy"]
    if standing:
        standing.effective_to = today - timedelta(days=1)
        standing.save(update_fields=["effective_to"])
    limits = standing.limits if standing else {}
    BankPolicy.objects.create(bank=bank, menu=told.policy, limits=limits, effective_from=today, source=POLICY_SOURCE)
    return ["policy"]


def _keep_control(bank: Bank, told: Onboarding) -> list[str]:
    if not told.control_url:
        return []
    values = {"url": told.control_url, "token": told.control_token}
    control, made = SandboxControl.objects.get_or_create(bank=bank, defaults=values)
    if made or (control.url, control.token) == (told.control_url, told.control_token):
        return ["control"] if made else []
    SandboxControl.objects.filter(pk=control.pk).update(**values, told_on=None, next_try_at=clock.machine_now())
    return ["control"]
