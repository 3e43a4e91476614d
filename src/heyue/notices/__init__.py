"""What people are told (通知): in-app notices and text messages, written in the act's transaction."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from heyue.notices.kinds import NoticeKind

if TYPE_CHECKING:
    from heyue.notices.telling import tell, text

__all__ = ["NoticeKind", "tell", "text"]


def __getattr__(name: str) -> Any:
    """Import at first use: Django imports this package before its rows may be."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module("heyue.notices.telling"), name)
