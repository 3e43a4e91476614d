"""Ways that stay open when a bank is silent or says no: whom to call, where to complain, how long it may take."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from heyue import clock
from heyue.banks.models import Bank
from heyue.policy.load import rule


@dataclass(frozen=True, slots=True)
class Way:
    """One way: what to do, how long it takes or what it is for, and a number to call where there is one."""

    words: str
    small: str
    number: str = ""

    @property
    def dialled(self) -> str:
        """The number as a ``tel:`` link wants it."""
        return "".join(c for c in self.number if c.isdigit() or c == "+")


def complaint_path(bank: Bank) -> tuple[Way, ...]:
    """Return the steps of a complaint, each with its days. Sources: the policy records that it reads."""
    today = clock.today()
    clear, complex_ = rule("COMPLAINT", today), rule("COMPLAINT-COMPLEX", today)
    return (
        Way(
            _("先向%(bank)s投诉") % {"bank": bank.name},
            _("事情清楚的%(clear)s天内答复，复杂的最长%(complex)s天。要记下投诉编号。依据：%(source)s。")
            % {"clear": clear.value, "complex": complex_.value, "source": clear.source},
            bank.hotline,
        ),
        Way(
            _("还不行，打金融监管总局热线"),
            _("说清申请编号、哪天交的、银行怎么答的。"),
            str(rule("REGULATOR-HOTLINE", today).value),
        ),
        Way(_("也可以打人民银行热线"), _("征信、收费的事归它管。"), str(rule("CENTRAL-BANK-HOTLINE", today).value)),
        Way(_("申请金融消费纠纷调解"), _("不收费。打上面两个热线时说要调解，会告诉你当地找谁。")),
    )


def after_refusal(bank: Bank) -> tuple[Way, ...]:
    """Return what can still be done after a bank said no."""
    return (
        Way(_("打电话问清楚差在哪"), _("问它：补什么材料、改成什么条件，可以再谈。"), bank.hotline),
        Way(_("有了新情况，再申请一次"), _("补上它要的材料，换一个方案。上次填的都还在。")),
        *complaint_path(bank),
    )


def general_path() -> tuple[Way, ...]:
    """Return the steps of a complaint about any bank, up to the court."""
    today = clock.today()
    clear, complex_ = rule("COMPLAINT", today), rule("COMPLAINT-COMPLEX", today)
    return (
        Way(_("先打银行的信用卡热线"), _("号码在卡背面。问清楚为什么，记下时间和工号。")),
        Way(
            _("再向银行投诉"),
            _("事情清楚的%(clear)s天内答复，复杂的最长%(complex)s天。要记下投诉编号。依据：%(source)s。")
            % {"clear": clear.value, "complex": complex_.value, "source": clear.source},
        ),
        Way(
            _("还不行，打金融监管总局热线"),
            _("说清申请编号、哪天交的、银行怎么答的。"),
            str(rule("REGULATOR-HOTLINE", today).value),
        ),
        Way(_("也可以打人民银行热线"), _("征信、收费的事归它管。"), str(rule("CENTRAL-BANK-HOTLINE", today).value)),
        Way(_("申请金融消费纠纷调解"), _("不收费。打上面两个热线时说要调解，会告诉你当地找谁。")),
        _court(),
    )


def path_about_us() -> tuple[Way, ...]:
    """Return what is left when the platform itself decided or did wrong: no bank did anything, none is complained of.

    The operator's own line stands first where there is one (``HEYUE_COMPLAINTS``).
    """
    today = clock.today()
    ours = " ".join(line.strip() for line in settings.HEYUE_COMPLAINTS.splitlines() if line.strip())
    return (
        *((Way(_("向和约的运营方投诉"), ours),) if ours else ()),
        Way(
            _("打金融监管总局热线"),
            _("说清申请编号，说是和约平台哪里不对，不是银行。不归它管的，问它该找谁。"),
            str(rule("REGULATOR-HOTLINE", today).value),
        ),
        Way(
            _("资料用得不对，也可以打人民银行热线"),
            _("说清是哪份资料、给谁看了。"),
            str(rule("CENTRAL-BANK-HOTLINE", today).value),
        ),
        Way(_("申请调解"), _("不收费。打上面两个热线时说要和平台调解，会告诉你当地找谁。")),
        _court(),
    )


def _court() -> Way:
    return Way(
        _("最后可以去法院"),
        _("先问免费的法律援助，再决定去不去。"),
        str(rule("LEGAL-AID-HOTLINE", clock.today()).value),
    )
