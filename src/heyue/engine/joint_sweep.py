"""The least of a small joint choice, proven in whole numbers, without branching.

Prices are put on the rows. The least priced cost of each debt by itself, less what the limits are worth, is then a
bound that no plan undercuts, whatever the prices are (Lagrange). What a choice lies above the least of its debt is its
*surcharge*: a plan of a given value has room for only so much of them together. So the debts are gone through one
after another, and only beginnings live on that keep the rows and the room; the room is doubled until it must hold the
best plan and all that equal it. Good prices, from the linear relaxation, make this fast; bad ones make it slow, never
wrong.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
_PRICE_BITS_MAX = 20
_SUM_BITS_MAX = 60
_FIRST_LOOK = 1_000
_BEGINNINGS_MAX = 300_000
_CANDIDATES_MAX = 3_000_000
_FIRST_ROOM_SHIFT = 4


@dataclass(frozen=True)
class Layout:
    """Choices side by side, those of one debt together; none of the figures is negative.

    ``over`` against ``slack`` are the rows to keep. The value is the sum of ``sums[0]``, or, with ``excess``, the
    largest of ``sums`` less ``excess``, at least 0.
    """

    starts: NDArray[np.intp]
    over: Whole
    slack: Whole
    sums: Whole
    excess: Whole | None


@dataclass(frozen=True, order=True)
class Found:
    """The least value, and the places of the choices; of equal plans the one whose places come first."""

    value: int
    places: tuple[int, ...]


class TooMany(Exception):
    """More beginnings live on than are kept."""


def least(layout: Layout, prices: NDArray[np.float64]) -> Found | None:
    """The best plan; None when none was seen at a first look, or there are too many to look at.

    There is a price for each row of ``over`` and, with ``excess``, for each row of ``sums``.
    """
    priced = _priced(layout, prices)
    if priced is None:
        return None
    try:
        best = priced.look()
        if best is None:
            return None
        room = priced.room_of(best) >> _FIRST_ROOM_SHIFT
        while True:
            room = min(room, priced.room_of(best))
            found = priced.within(room)
            best = best if found is None else min(best, found)
            if room >= priced.room_of(best):
                return best
            room = 2 * room + 1
    except TooMany:
        return None


def _priced(layout: Layout, prices: NDArray[np.float64]) -> "_Priced | None":
    """Prices as whole multiples of a fraction so fine that no sum overflows; None when the figures are too large."""
    cost = layout.sums[0] if layout.excess is None else np.zeros_like(layout.sums[0])
    rows, limits = layout.over, layout.slack
    if layout.excess is not None:
        rows, limits = np.vstack([rows, layout.sums]), np.concatenate([limits, layout.excess])
    prices = np.maximum(prices, 0)
    largest = np.maximum.reduceat(cost + prices @ rows, layout.starts).sum() + prices @ np.abs(limits)
    bits = min(_PRICE_BITS_MAX, _SUM_BITS_MAX - math.ceil(math.log2(largest + 1)))
    if bits < 0:
        return None
    whole = np.floor(prices * 2.0**bits).astype(np.int64)
    of_peaks = whole[len(layout.over) :]
    if of_peaks.sum() > 2**bits:
        # Peaks that weigh more than once together would prove too much.
        of_peaks[:] = of_peaks * 2**bits // of_peaks.sum()
    total = (cost << bits) + whole @ rows
    lowest = np.minimum.reduceat(total, layout.starts)
    count = np.diff(layout.starts, append=len(total))
    return _Priced(layout, total - np.repeat(lowest, count), int(lowest.sum() - whole @ limits), bits)


@dataclass(frozen=True)
class _Priced:
    layout: Layout
    surcharge: Whole
    bound: int
    bits: int

    def room_of(self, found: Found) -> int:
        """What the surcharges of a plan can come to, if it is as good as this one."""
        return (found.value << self.bits) - self.bound

    def look(self) -> Found | None:
        """A good plan, by keeping only the beginnings with the least surcharge."""
        return self._through(None)

    def within(self, room: int) -> Found | None:
        """The best of all plans whose surcharges keep within the room; raises TooMany."""
        return self._through(room)

    def _through(self, room: int | None) -> Found | None:
        layout = self.layout
        ends = [*layout.starts[1:].tolist(), len(self.surcharge)]
        used, over = np.zeros(1, dtype=np.int64), np.zeros((len(layout.over), 1), dtype=np.int64)
        sums = np.zeros((len(layout.sums), 1), dtype=np.int64)
        steps: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
        # Debts with few choices first: it is late that there are many beginnings.
        order = sorted(range(len(ends)), key=lambda debt: (ends[debt] - layout.starts[debt], debt))
        for debt in order:
            places = np.arange(layout.starts[debt], ends[debt])
            places = places[np.argsort(self.surcharge[places], kind="stable")]
            before, place = self._next(used, over, places, room)
            if not len(before):
                return None
            used, over = used[before] + self.surcharge[place], over[:, before] + layout.over[:, place]
            sums = sums[:, before] + layout.sums[:, place]
            steps.append((before, place))
        values = sums[0] if layout.excess is None else np.maximum(0, (sums - layout.excess[:, None]).max(axis=0))
        return _first_of(values, steps, order)

    def _next(
        self, used: Whole, over: Whole, places: NDArray[np.intp], room: int | None
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Each beginning that lives on with one more choice: which it was, and the place of the choice."""
        count = np.full(len(used), len(places))
        if room is not None:
            count = np.searchsorted(self.surcharge[places], room - used, side="right")
        if count.sum() > _CANDIDATES_MAX:
            raise TooMany
        before = np.repeat(np.arange(len(used)), count)
        place = places[np.arange(len(before)) - np.repeat(np.cumsum(count) - count, count)]
        for row, slack in zip(range(len(over)), self.layout.slack, strict=True):
            kept = over[row][before] + self.layout.over[row][place] <= slack
            before, place = before[kept], place[kept]
        if room is None:
            least = np.argsort(used[before] + self.surcharge[place], kind="stable")[:_FIRST_LOOK]
            before, place = before[least], place[least]
        elif len(before) > _BEGINNINGS_MAX:
            raise TooMany
        return before, place


def _first_of(values: Whole, steps: list[tuple[NDArray[np.intp], NDArray[np.intp]]], order: list[int]) -> Found:
    """The least value and, among all with it, the places that come first."""
    at = np.flatnonzero(values == values.min())
    value = int(values[at[0]])
    places = np.zeros((len(order), len(at)), dtype=np.int64)
    for debt, (before, place) in zip(reversed(order), reversed(steps), strict=True):
        places[debt] = place[at]
        at = before[at]
    first = np.lexsort(places[::-1])[0]
    return Found(value, tuple(places[:, first].tolist()))
