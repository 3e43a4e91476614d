"""Every message of the protocol has words for people, at the desk and in a mail."""

from __future__ import annotations

from heyue.dispatch.mail import NEWS
from heyue.faces.desk.messages import KINDS
from heyue.gateway.events import FROM_BANK, FROM_PLATFORM


def test_the_desk_names_every_message_of_either_side() -> None:
    assert {*FROM_BANK, *FROM_PLATFORM} <= set(KINDS)


def test_a_mail_names_every_message_to_a_bank() -> None:
    assert set(FROM_PLATFORM) <= set(NEWS)
