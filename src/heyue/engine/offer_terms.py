"""Which terms of an offer hurt (哪些条件吃亏): against the budget, and against what the same bank could grant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from heyue.engine.menu import BankPolicy, Choice, choices
from heyue.engine.money import round_half_up, yuan
from heyue.engine.offer import OfferView, best_counter, view_offer
from heyue.engine.schedule import Row, Schedule


@dataclass(frozen=True)
class Hurt:
    """One term that hurts: a stable code, by how much in fen where it is money, words for a person."""

    code: str
    amount_fen: int
    words: str


@dataclass(frozen=True)
class Weighed:
    """An offer judged: what it means for the household, what hurts, and the best that this bank could grant."""

    view: OfferView
    hurts: tuple[Hurt, ...]
    counter: Choice | None


def weigh_offer(
    offer: Schedule,
    balance_fen: int,
    waivable_fen: int,
    policy: BankPolicy,
    as_of: date,
    affordable_fen: Sequence[int],
    savings_fen: int = 0,
    running: Sequence[Sequence[Row]] = (),
) -> Weighed:
    """Judge an offer for a debt of ``balance_fen`` beside all running schedules, within the bank's own policy."""
    view = view_offer(offer, as_of, affordable_fen, savings_fen, running)
    counter = best_counter(balance_fen, waivable_fen, policy, as_of, affordable_fen, savings_fen, running)
    menu = choices(balance_fen, waivable_fen, policy, as_of)
    waived_fen = balance_fen - offer.plan.principal_fen
    hurts = (
        *_against_budget(offer, view, savings_fen),
        *_against_menu(offer, menu, waived_fen, _most_waived(policy, waivable_fen)),
        *_against_counter(offer, view, counter),
    )
    return Weighed(view, hurts, counter)


def _most_waived(policy: BankPolicy, waivable_fen: int) -> int:
    most = max(ratio.value for ratio in policy.waiver_ratios)
    return round_half_up(most * waivable_fen)


def _against_budget(offer: Schedule, view: OfferView, savings_fen: int) -> Iterator[Hurt]:
    short_fen = offer.plan.down_payment_fen - savings_fen
    if short_fen > 0:
        yield Hurt("down_payment_above_savings", short_fen, f"首付比积蓄多 {yuan(short_fen)} 元")
    if view.over_budget:
        worst = max(view.over_budget, key=lambda month: month.over_fen)
        count, over = len(view.over_budget), yuan(worst.over_fen)
        words = f"有 {count} 个月超出能拿出的，最多的是第 {worst.number} 个月，超出 {over} 元"
        yield Hurt("over_budget", worst.over_fen, words)


def _against_menu(offer: Schedule, menu: Sequence[Choice], waived_fen: int, most_fen: int) -> Iterator[Hurt]:
    if waived_fen < most_fen:
        less_fen = most_fen - waived_fen
        yield Hurt("waives_less", less_fen, f"这家银行最多可以减免 {yuan(most_fen)} 元，少减了 {yuan(less_fen)} 元")
    rates = [Fraction(choice.schedule.annual_rates[0]) for choice in menu]
    own = Fraction(offer.annual_rates[0])
    if rates and own > min(rates):
        words = f"真实年化 {offer.annual_rates[0]}，这家银行的方案里有更低的"
        yield Hurt("rate_above_menu", 0, words)
    longest = max((choice.periods for choice in menu), default=0)
    if offer.plan.periods < longest:
        yield Hurt("shorter_than_menu", 0, f"期数 {offer.plan.periods}，这家银行最长可以 {longest} 期")


def _against_counter(offer: Schedule, view: OfferView, counter: Choice | None) -> Iterator[Hurt]:
    if counter is None:
        return
    dearer_fen = view.total_cost_fen - counter.total_fen
    if dearer_fen > 0:
        yield Hurt("dearer_than_counter", dearer_fen, f"比能还得起的最省方案多付 {yuan(dearer_fen)} 元")
    if offer.plan.periods > counter.periods:
        words = f"比能还得起的最省方案长 {offer.plan.periods - counter.periods} 期"
        yield Hurt("longer_than_counter", 0, words)
