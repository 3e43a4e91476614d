"""The banks whose card one may have: those that are registered here, and those of the shipped directory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from heyue.banks.models import Bank, BankPolicy
from heyue.policy.load import banks as listed_banks
from heyue.policy.load import rule

DATA_COLOURS = 4
USUAL_MENU = "USUAL-BANK-MENU"
SHORT_NAMES = {"BOC": "中行"}
"""Where the name without 中国 and 银行 leaves nothing."""
NAME_CHARS_MAX = 10


@dataclass(frozen=True, slots=True)
class Issuer:
    """A bank by the key under which it is chosen."""

    slug: str
    name: str


def issuers(day: date) -> list[Issuer]:
    """Return every bank that may be named, the registered ones first, then the directory's as of ``day``."""
    known = [Issuer(slug, name) for slug, name in Bank.objects.values_list("slug", "name")]
    slugs = {one.slug for one in known}
    listed = [Issuer(slug_of(entry.code), entry.name) for entry in listed_banks(day)]
    return [*known, *(one for one in listed if one.slug not in slugs)]


def slug_of(code: str) -> str:
    """Return the key of a bank of the directory: its code in small letters."""
    return code.lower()


def bank_of(slug: str, day: date) -> Bank | None:
    """Return the bank of this key, registering one of the directory at its first card; None for an unknown key.

    A bank that is registered like this has no feed and no system of its own here: it is reached by telephone. Until
    it tells its own menu, plans are worked out with the usual one (grade C, dated, its source on the row).
    """
    known = Bank.objects.filter(slug=slug).first()
    if known is not None:
        return known
    entry = next((one for one in listed_banks(day) if slug_of(one.code) == slug), None)
    if entry is None:
        return None
    short = SHORT_NAMES.get(entry.code) or entry.name.removeprefix("中国").removesuffix("银行")
    bank, is_new = Bank.objects.get_or_create(
        slug=slug,
        defaults={
            "name": entry.name,
            "short_name": short[:NAME_CHARS_MAX],
            "seal": short[0],
            "colour": Bank.objects.count() % DATA_COLOURS + 1,
            "hotline": entry.card_hotline or entry.hotline,
            "channel": Bank.Channel.PHONE,
            "joined_on": day,
        },
    )
    if is_new:
        usual = rule(USUAL_MENU, day)
        BankPolicy.objects.create(
            bank=bank, menu=usual.value, effective_from=day, source=usual.source, grade=usual.grade
        )
    return bank


def is_usual(policy: BankPolicy, day: date) -> bool:
    """Whether a menu is what banks usually grant, not what this one has told."""
    return policy.source == rule(USUAL_MENU, day).source
