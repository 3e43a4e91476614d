"""A desk with many cases: borrowers by the dozen, each with debts, papers and a day on which they applied."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import date

from PIL import Image, ImageDraw

import bargain
import build
from bargain import MENU, Bargain
from cast import Cast
from heyue.banks.models import Bank, BankPolicy

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
SPENT = ("4600.00", "5100.00", "3900.00")


@dataclass(frozen=True)
class Somebody:
    """A borrower: name, wage, what was bought with each bank's card, how many instalments are asked for."""

    name: str
    at: int
    wage: str = "6000"
    spent: tuple[str, ...] = SPENT
    periods: int = 60

    @property
    def phone(self) -> str:
        """A number that nobody else has."""
        return f"1370000{self.at:04d}"

    @property
    def id_number(self) -> str:
        """A number whose check digit is right."""
        first = f"11010119900307{self.at:03d}"
        return first + CHECK_DIGITS[sum(int(d) * w for d, w in zip(first, WEIGHTS, strict=True)) % 11]


def paper(words: str, lines: int = 11) -> bytes:
    """A made-up paper as a phone photographs it; ``words`` only make two of them differ."""
    sheet = Image.new("RGB", (900, 1200), "#f7f4ee")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((60, 60, 840, 1140), fill="white", outline="#8d8577", width=3)
    draw.rectangle((100, 110, 420, 150), fill="#4c463c")
    for line in range(lines):
        top = 230 + 76 * line
        draw.line((100, top, 420 + 17 * (line * len(words) % 9), top), "#6f6759", 9)
        draw.line((620, top, 800, top), "#b3ab9c", 9)
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def applies(cast: Cast, who: Somebody, on: date, *banks: Bank, papers: dict[str, bytes] | None = None) -> Bargain:
    """This borrower hands in an application on a day, at these banks (none named: at the first)."""
    bargain.day(on)
    lin = build.borrower(who.phone, who.name, who.id_number)
    for bank in banks or (cast.bank_a,):
        BankPolicy.objects.get_or_create(
            bank=bank, defaults={"menu": MENU, "effective_from": date(2026, 1, 1), "source": "银行入驻资料"}
        )
        spent = build.overdue_events(on, amounts=who.spent)
        build.cards(lin, bank, build.card_told(f"{bank.colour}{who.at:03d}", waivable="300.00", events=spent))
    menus = {bank.pk: MENU for bank in banks or (cast.bank_a,)}
    return Bargain(
        replace(cast, lin=lin), bargain.handed_in(lin, menus, wage=who.wage, periods=who.periods, papers=papers)
    )
