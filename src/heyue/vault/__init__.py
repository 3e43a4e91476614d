"""Personal data at rest (个人信息): sealed per owner, masked on display, looked up by keyed hash, erased by key."""

from heyue.vault.keyring import Keyring, erase, keyed_hash, keyring
from heyue.vault.masking import mask_id_number, mask_name, mask_phone

__all__ = ["Keyring", "erase", "keyed_hash", "keyring", "mask_id_number", "mask_name", "mask_phone"]
