"""What the log tells of an error: where it was, and never whom it was about."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

from pydantic import ValidationError

from heyue.gateway.wire import pointer

PLACES_MAX = 20
log = logging.getLogger("heyue.gateway.server")


def tell(error: Exception, what: str, *which: object) -> None:
    """Log an error with its way through the code; where values were not of their shape, their places alone.

    Such an error's own text prints what was read: names, numbers, sums.
    """
    unshaped = [one for one in _behind(error) if isinstance(one, ValidationError)]
    if not unshaped:
        log.error(what, *which, exc_info=error)
        return
    found = [place for one in unshaped for place in one.errors(include_input=False, include_context=False)]
    places = ", ".join(f"{pointer(one['loc']) or '/'} ({one['type']})" for one in found[:PLACES_MAX])
    way = "".join(traceback.format_tb(error.__traceback__))
    log.error(f"{what}: %s, not of its shape at %s\n%s", *which, type(error).__name__, places, way)


def _behind(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that led to it."""
    seen: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is not None and not any(one is before for before in seen):
            seen.append(one)
            yield one
            left += [one.__cause__, one.__context__]
