"""Mainland mobile numbers (手机号), as people type and paste them."""

from __future__ import annotations

import re

from heyue.engine.refusal import Refusal, words

_MOBILE = re.compile(r"1[3-9]\d{9}")
_WIDE = str.maketrans("０１２３４５６７８９＋", "0123456789+")


def parse(text: str) -> str:
    """Return the bare 11 digits of ``138 0000 5678``, ``+86 138-0000-5678`` and the like.

    Raises ``Refusal("phone-shape")`` on the field ``phone``.
    """
    digits = re.sub(r"[\s\-().\u200b-\u200f\u202a-\u202e\u2066-\u2069]", "", text.translate(_WIDE))
    digits = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", digits)
    if not _MOBILE.fullmatch(digits):
        raise Refusal(
            "phone-shape",
            words("手机号是11位数字，1 开头。"),
            next_step=words("看看是不是多了或少了一位。"),
            field="phone",
            status=422,
        )
    return digits
