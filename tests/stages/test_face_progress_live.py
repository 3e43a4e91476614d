"""Progress, live: a nudge for each change, few streams at once, and who owes what by when over all banks."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import bargain
from heyue.deadlines import WaitKind
from heyue.faces.borrower import progress_live
from heyue.faces.borrower.progress_waits import AWAITED
from heyue.faces.cli.serve import THREADS_OF_A_WORKER
from heyue.journey import perform
from heyue.journey.pulse import pulse
from heyue.negotiation import actions, telephone
from heyue.negotiation.telephone import CallNote
from heyue.notices.kinds import NoticeKind
from heyue.notices.models import Notice
from on_phone import as_lin, as_zhao, page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def deal(monkeypatch: pytest.MonkeyPatch) -> bargain.Bargain:
    """Both banks have acknowledged Lin's application; a stream looks once and ends."""
    monkeypatch.setattr(progress_live, "HELD_SECONDS", 0.0)
    return bargain.received()


def heard(deal: bargain.Bargain, client: Client | None = None, **asked: str) -> str:
    """What a stream says until it ends."""
    address = f"/progress/{deal.application_id}/stream"
    answer = (client or as_lin(deal)).get(address, asked)
    assert answer["Content-Type"] == "text/event-stream"
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_a_change_is_told_once_and_nothing_new_is_a_comment(deal: bargain.Bargain) -> None:
    known = pulse(deal.cast.lin, deal.application_id)
    assert "event: news" not in heard(deal, seen=known)
    bargain.offered(deal, deal.cast.bank_b)
    said = heard(deal, seen=known)
    now = pulse(deal.cast.lin, deal.application_id)
    assert f"id: {now}\nevent: news" in said
    assert said.startswith("retry: 2000")
    client = as_lin(deal)
    client.defaults["HTTP_LAST_EVENT_ID"] = now
    assert "event: news" not in heard(deal, client)


def test_a_new_day_is_news(deal: bargain.Bargain) -> None:
    known = pulse(deal.cast.lin, deal.application_id)
    bargain.day(date(2026, 11, 17))
    assert "event: news" in heard(deal, seen=known)


def test_a_stream_carries_no_personal_data(deal: bargain.Bargain) -> None:
    said = heard(deal)
    assert "林" not in said
    assert "东湖" not in said


def test_so_many_streams_are_held_and_one_more_is_told_to_come_back_later(deal: bargain.Bargain) -> None:
    assert progress_live.STREAMS_HELD_MAX < THREADS_OF_A_WORKER
    for _ in range(progress_live.STREAMS_HELD_MAX):
        assert progress_live._held.acquire(blocking=False)
    try:
        assert heard(deal).startswith(f"retry: {progress_live.COME_BACK_BUSY_MS}")
    finally:
        for _ in range(progress_live.STREAMS_HELD_MAX):
            progress_live._held.release()
    assert heard(deal).startswith(f"retry: {progress_live.COME_BACK_MS}")


def test_a_stream_that_is_hung_up_gives_its_place_back(deal: bargain.Bargain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_live, "HELD_SECONDS", 60.0)
    events = progress_live._events(deal.cast.lin, deal.application_id, "")
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert all(progress_live._held.acquire(blocking=False) for _ in range(progress_live.STREAMS_HELD_MAX))
    for _ in range(progress_live.STREAMS_HELD_MAX):
        progress_live._held.release()


def test_strangers_and_the_signed_out_hear_nothing(deal: bargain.Bargain) -> None:
    address = f"/progress/{deal.application_id}/stream"
    assert as_zhao(deal).get(address).status_code == 404
    assert Client().get(address).status_code == 204


def test_what_is_owed_by_whom_stands_in_one_timeline_of_all_banks(deal: bargain.Bargain) -> None:
    bargain.offered(deal, deal.cast.bank_b)
    said = page(as_lin(deal), "/progress")
    ahead = said[said.index("接下来，谁该做什么") :]
    assert ahead.index("你：对它的条件拿主意") < ahead.index("东湖银行：答复你的申请")
    assert "还剩7个工作日" in ahead


def test_each_wait_of_a_banks_matter_has_words() -> None:
    of_the_review = {WaitKind.REVIEW, WaitKind.MORE_PROOFS, WaitKind.MAY_APPEAL, WaitKind.APPEAL_ANSWER}
    elsewhere = {*of_the_review, WaitKind.INSTALMENT, WaitKind.DISPUTE, WaitKind.DISPUTE_ANSWER}
    assert set(AWAITED) == set(WaitKind) - elsewhere


def test_the_pages_queries_do_not_grow_with_offers_and_questions(deal: bargain.Bargain) -> None:
    client = as_lin(deal)
    page(client, "/progress")
    with CaptureQueriesContext(connection) as before:
        page(client, "/progress")
    for bank in (deal.cast.bank_a, deal.cast.bank_b):
        for n in range(2):
            bargain.offered(deal, bank)
            asks = {"negotiation_id": deal.id_at(bank), "text": f"问题{n}？"}
            perform(bargain.as_bank(bank), actions.ask, **asks)
    with CaptureQueriesContext(connection) as after:
        page(client, "/progress")
    assert len(after) <= len(before)


# ── what was promised in a call ──────────────────────────────────────────────────────────────────────────


def promised(deal: bargain.Bargain, on: date) -> None:
    """Lin notes that the first bank promised an answer for a day."""
    from heyue import clock

    note = CallNote(clock.now(), 90, "promised", staff="88", promised_on=on)
    perform(deal.cast.lin, telephone.record_call, negotiation_id=deal.id_at(deal.cast.bank_a), call=note)


def test_a_promise_is_waited_for_and_told_when_broken(deal: bargain.Bargain) -> None:
    promised(deal, date(2026, 11, 18))
    said = page(as_lin(deal), "/progress")
    assert "它在电话里答应答复" in said
    assert "东湖银行：电话里答应的答复" in said
    bargain.day(date(2026, 11, 19))
    bargain.reach_due()
    told = Notice.objects.filter(person_id=deal.cast.lin.person_id, kind=NoticeKind.PROMISE_BROKEN.value)
    assert told.count() == 1
    assert "在电话里答应的日子过了" in page(as_lin(deal), "/told")


def test_a_promise_that_was_kept_ends_its_wait(deal: bargain.Bargain) -> None:
    promised(deal, date(2026, 11, 18))
    bargain.offered(deal, deal.cast.bank_a)
    bargain.day(date(2026, 11, 19))
    bargain.reach_due()
    assert not Notice.objects.filter(kind=NoticeKind.PROMISE_BROKEN.value).exists()


def test_a_newer_promise_takes_the_older_ones_place(deal: bargain.Bargain) -> None:
    promised(deal, date(2026, 11, 18))
    promised(deal, date(2026, 11, 20))
    bargain.day(date(2026, 11, 19))
    bargain.reach_due()
    assert not Notice.objects.filter(kind=NoticeKind.PROMISE_BROKEN.value).exists()
