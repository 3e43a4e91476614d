"""How things are shown: template tags and filters (built in to every template) and what every page knows."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from heyue import clock
from heyue.banks.models import Bank
from heyue.clock.business import SHANGHAI
from heyue.engine.money import yuan
from heyue.engine.working_days import working_days_between
from heyue.faces import look
from heyue.faces import months_chart as months
from heyue.faces.sessions import account_of
from heyue.identity import reads
from heyue.journey.days_said import day_said, is_chinese, month_said
from heyue.policy.holidays import mainland

register = template.Library()

SOON_WORKING_DAYS = 5
ASSETS = Path(__file__).resolve().parents[1] / "assets"
_SYMBOL = re.compile(r'<symbol id="([^"]+)" viewBox="0 0 24 24">(.*?)</symbol>', re.S)


def everywhere(request: HttpRequest) -> dict[str, object]:
    """What every page knows: the business day, whether it is held by hand, its look, who is signed in."""
    signed_in = getattr(request, "user", None)
    known = bool(signed_in and signed_in.is_authenticated)
    return {
        "today": SimpleLazyObject(clock.today),
        "clock_held": settings.HEYUE_CLOCK_HELD,
        "demo": settings.HEYUE_DEMO,
        "size": look.size(request),
        "theme": look.theme(request),
        "tongues": look.TONGUES,
        "me": SimpleLazyObject(lambda: reads.shown(account_of(request))) if known else None,
    }


# ── sums ───────────────────────────────────────────────────────────────────────────────────────────────


@register.filter
def money(fen: int) -> SafeString:
    """Show fen with its yuan large and ¥ and places small, as in a headline or at a row's end."""
    whole, _dot, places = _grouped(fen).partition(".")
    return format_html('<span class="money"><i>¥</i>{}<i>.{}</i></span>', whole, places)


@register.filter
def yuan_text(fen: int) -> str:
    """Show fen as ¥1,812.30 within a sentence."""
    return ("−" if fen < 0 else "") + "¥" + _grouped(abs(fen))


@register.simple_tag
def gap() -> str:
    """Show what stands between two sentences: nothing in Chinese, a space elsewhere."""
    return "" if is_chinese() else " "


@register.filter
def sum_text(fen: int | None) -> str:
    """Show fen as 1,812.30 in a column whose head says ¥."""
    return "" if fen is None else _grouped(fen)


def _grouped(fen: int) -> str:
    whole, _dot, places = yuan(fen).partition(".")
    return f"{'-' if fen < 0 else ''}{abs(int(whole)):,}.{places}"


# ── days ───────────────────────────────────────────────────────────────────────────────────────────────


def day_text(value: date | datetime) -> str:
    """Write a day as 11月24日 (周二), with its year where that is not the business day's."""
    on = _local(value)
    return day_said(on, weekday=True, year=on.year != clock.today().year)


@register.filter
def day(value: date | datetime | None) -> SafeString:
    """Show a day or the Shanghai day of an instant."""
    if value is None:
        return mark_safe("")
    return format_html('<time datetime="{}">{}</time>', _local(value).isoformat(), day_text(value))


@register.filter
def short_day(value: date | datetime) -> SafeString:
    """Show a day as 11月5日, with its year where that is not the business day's."""
    on = _local(value)
    said = day_said(on, year=on.year != clock.today().year)
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), said)


@register.filter
def month(value: date) -> str:
    """Show a month as 2026年12月."""
    return month_said(value)


@register.filter
def minute(value: datetime | None) -> SafeString:
    """Show an instant as 11月24日 (周二) 10:20, Shanghai time."""
    if value is None:
        return mark_safe("")
    at = value.astimezone(SHANGHAI)
    clock_time = f"{at.hour:02d}:{at.minute:02d}"
    return format_html('<time datetime="{}">{} {}</time>', at.isoformat(), day_text(value), clock_time)


@register.filter
def moment(value: datetime | None) -> SafeString:
    """Show an instant of the business day as 今天 10:20, another one in full."""
    if value is None or _local(value) != clock.today():
        return minute(value)
    at = value.astimezone(SHANGHAI)
    said = _("今天 %(time)s") % {"time": f"{at.hour:02d}:{at.minute:02d}"}
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), said)


@register.simple_tag
def due(on: date, words: str = "", brief: bool = False) -> SafeString:
    """Show a deadline: the colour of time, the working days left and the date (not where ``brief``).

    ``words`` go before.
    """
    today = clock.today()
    if on < today:
        tone, picture = "due-now", "alert-triangle"
        late = working_days_between(on, today, mainland())
        said = _working_days_over(late) if late else _days_past((today - on).days)
    elif on == today:
        tone, picture, said = "due-now", "clock-exclamation", _("今天到期")
    else:
        left = working_days_between(today, on, mainland())
        tone, picture = ("due-soon" if left <= SOON_WORKING_DAYS else "", "clock")
        said = _working_days_left(left) if left else _days_left((on - today).days)
    before = format_html("{} ", words) if words else ""
    if brief:
        return format_html('<span class="due {}">{}{}{}</span>', tone, icon(picture), before, said)
    return format_html('<span class="due {}">{}{}{}{}{}</span>', tone, icon(picture), before, said, _("，"), day(on))


def _working_days_over(n: int) -> str:
    return ngettext("超了%(n)s个工作日", "超了%(n)s个工作日", n) % {"n": n}


def _days_past(n: int) -> str:
    return ngettext("过了%(n)s天", "过了%(n)s天", n) % {"n": n}


def _working_days_left(n: int) -> str:
    return ngettext("还剩%(n)s个工作日", "还剩%(n)s个工作日", n) % {"n": n}


def _days_left(n: int) -> str:
    return ngettext("还剩%(n)s天", "还剩%(n)s天", n) % {"n": n}


def _local(value: date | datetime) -> date:
    return value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value


# ── pictures ───────────────────────────────────────────────────────────────────────────────────────────


@cache
def _symbols() -> dict[str, str]:
    sprite = ASSETS / "static" / "heyue" / "icons.svg"
    return dict(_SYMBOL.findall(sprite.read_text(encoding="utf-8")))


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of the vendored set within the page. Raises ``KeyError`` for a name it has not."""
    return mark_safe(f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{_symbols()[name]}</svg>')  # noqa: S308


@register.simple_tag
def seal(bank: Bank, size: str = "") -> SafeString:
    """Draw a bank as a seal: one character in a square with its data colour as a foot; size "sm" or none."""
    return format_html('<span class="seal {} k{}" aria-hidden="true">{}</span>', size, _colour(bank.colour), bank.seal)


def _colour(number: int) -> int:
    return (max(number, 1) - 1) % 4 + 1


@register.simple_tag
def months_chart(chart: months.MonthsChart) -> SafeString:
    """Draw the stack under the line, without words around it."""
    return months.draw(chart)


@register.simple_tag
def months_legend(chart: months.MonthsChart) -> SafeString:
    """Name the chart's colours and its line."""
    return months.legend(chart)


@register.simple_tag
def months_table(chart: months.MonthsChart) -> SafeString:
    """Give the chart's table, folded under 看数字."""
    return months.table(chart)


@register.simple_tag
def html_lang() -> str:
    """Return the page's language for the ``lang`` of its ``html``."""
    return look.html_lang()


@register.simple_tag
def address(name: str, fallback: str) -> str:
    """Return the address of a page by its name, or ``fallback`` where that page is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return fallback
