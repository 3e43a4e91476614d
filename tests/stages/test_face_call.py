"""The note of a call: its time is the page's own, and no typed one breaks the page or lies in the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bargain import received
from heyue import clock
from heyue.negotiation.models import Call
from on_phone import as_lin

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.mark.parametrize(
    "typed",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2999-01-01T00:00:00+00:00",
        "not a time",
        "",
        "2026-11-16T09:00:00",
    ],
)
def test_a_foolish_time_is_taken_as_now(typed: str) -> None:
    deal = received()
    answer = as_lin(deal).post(f"/n/{deal.id_at(deal.cast.bank_a)}/call", {"called_at": typed, "result": "no-answer"})
    assert answer.status_code == 302
    assert abs(Call.objects.get().called_at - clock.now()) < timedelta(minutes=2)


def test_the_pages_own_time_is_kept() -> None:
    deal = received()
    at = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
    values = {"called_at": at.isoformat(), "result": "no-answer"}
    assert as_lin(deal).post(f"/n/{deal.id_at(deal.cast.bank_a)}/call", values).status_code == 302
    assert Call.objects.get().called_at == at
