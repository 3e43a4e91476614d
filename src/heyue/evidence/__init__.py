"""The evidence ledger (证据): one leaf for each change, written in the change's own transaction."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heyue.evidence.ledger import Subject, append, facts_of, timeline

__all__ = ["Subject", "append", "facts_of", "timeline"]


def __getattr__(name: str) -> Any:
    """Import at first use: Django imports this package before its rows may be."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module("heyue.evidence.ledger"), name)
