"""Clauses that stand in Chinese in an agreement, as a page in another language shows them."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.translation import gettext as _

from heyue.agreement.document import BreachTerms
from heyue.engine.refusal import words
from heyue.journey.days_said import is_chinese

USUAL_LATE_CHARGE = words("宽限期内不收违约金；过了宽限期，违约金按发卡行公示的标准收取，违约金不计利息。")
"""The operator's own clause (``BREACH-TERMS``), which has its words in each language."""


def late_charge_told(breach: BreachTerms) -> str:
    """Return clause 5.4: the usual one in the page's language, a bank's own as a quotation with what it is about."""
    if is_chinese():
        return breach.late_charge
    if breach.late_charge == USUAL_LATE_CHARGE:
        return _(USUAL_LATE_CHARGE)
    about = _("这一条写的是晚了收什么、怎么收，以原文为准：")
    return format_html('{}<q lang="zh-Hans">{}</q>', about, breach.late_charge)
