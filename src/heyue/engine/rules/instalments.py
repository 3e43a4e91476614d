"""银保监规〔2022〕13号: limits of card instalment products, and how their interest is shown."""

from collections.abc import Iterator
from typing import Any

from heyue.engine.money import fen, yuan
from heyue.engine.rules.facts import InstalmentProduct
from heyue.engine.rules.law import Said


def product_within_limits(product: InstalmentProduct, limits: Any) -> Iterator[Said]:
    """At most so many periods, of cash advances fewer and up to a sum; interest plain, no default tick (CB-2022-13)."""
    if product.periods > limits["periods_max"]:
        yield "error", f"分期 {product.periods} 期，超过最长的 {limits['periods_max']} 期"
    if product.of_cash_advance:
        most_fen, longest = fen(limits["cash_advance_most"]), limits["cash_advance_periods_max"]
        if product.amount_fen > most_fen:
            yield "error", f"预借现金分期 {yuan(product.amount_fen)} 元，超过 {yuan(most_fen)} 元"
        if product.periods > longest:
            yield "error", f"预借现金分期 {product.periods} 期，超过 {longest} 期"
    if not product.interest_on_first_page:
        yield "error", "没有在首页明确展示分期利息"
    if product.ticked_by_default:
        yield "error", "默认勾选了一次性收取全部利息的选项"
