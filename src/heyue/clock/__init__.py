"""Business time (业务时间): the stages' only now. Wire and security time is ``machine_now``."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heyue.clock.business import advance_to, machine_now, now, read_once, today

__all__ = ["advance_to", "machine_now", "now", "read_once", "today"]


def __getattr__(name: str) -> Any:
    """Import at first use: Django imports this package before its rows may be."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module("heyue.clock.business"), name)
