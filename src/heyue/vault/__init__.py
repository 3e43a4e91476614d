"""Personal data at rest (个人信息): sealed per owner, masked on display, looked up by keyed hash, erased by key."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from heyue.vault.masking import mask_id_number, mask_name, mask_phone

if TYPE_CHECKING:
    from heyue.vault.sealing import Erased, Keyring, erase, hold, is_erased, keyed_hash, keyring

__all__ = [
    "Erased",
    "Keyring",
    "erase",
    "hold",
    "is_erased",
    "keyed_hash",
    "keyring",
    "mask_id_number",
    "mask_name",
    "mask_phone",
]


def __getattr__(name: str) -> Any:
    """Import at first use: Django imports this package before its rows may be."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module("heyue.vault.sealing"), name)
