"""Send text messages."""

from __future__ import annotations

from heyue.faces.worker.each import each
from heyue.notices import sms


def send_texts(by: sms.Provider) -> int:
    """Send what is due through the operator's provider."""
    return each(sms.to_send(), lambda message: sms.send(message, by))
