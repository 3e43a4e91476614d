"""Reminders of due days: by the chosen means, once, not in quiet hours; the calendar's address and what it tells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail as outbox
from icalendar import Calendar

import bargain
from heyue import clock
from heyue.engine.refusal import NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.execution import calendar_feed, reminders
from heyue.faces.worker.texts import remind, send_mails
from heyue.journey import perform
from heyue.notices.choices import Choice, choice
from heyue.notices.kinds import NoticeKind
from heyue.notices.models import Notice, TextMessage
from heyue.vault import keyring
from on_phone import as_lin, as_zhao, page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
EVERY_WAY = Choice((3, 1, 0), in_app=True, by_text=True, by_mail=True, quiet_from=22, quiet_until=8)
FORM = {"days_before": ["3", "0"], "in_app": "on", "quiet_from": "22", "quiet_until": "8"}


@pytest.fixture
def deal() -> bargain.Bargain:
    """Twelve periods run at the first bank, the first due on 12 December."""
    return bargain.running(bargain.received(bargain.submitted(periods=12)))


def reminded(deal: bargain.Bargain) -> int:
    return Notice.objects.filter(person_id=deal.cast.lin.person_id, kind=NoticeKind.INSTALMENT_COMES.value).count()


def texts(deal: bargain.Bargain) -> list[str]:
    lin = deal.cast.lin.person_id
    assert lin is not None
    found = [
        keyring(lin).open_text(row.sealed_text, "sms-text")
        for row in TextMessage.objects.filter(owner_id=lin, good_until__isnull=True)
    ]
    return [said for said in found if "还款" in said]


def test_who_chose_nothing_is_reminded_three_days_and_one_day_before_each_once(deal: bargain.Bargain) -> None:
    bargain.day(date(2026, 12, 8))
    assert remind() == 0
    for on, so_far in (
        (date(2026, 12, 9), 1),
        (date(2026, 12, 10), 1),
        (date(2026, 12, 11), 2),
        (date(2026, 12, 12), 2),
    ):
        bargain.day(on)
        remind()
        remind()
        assert reminded(deal) == so_far, on


def test_a_text_names_neither_bank_nor_sum(deal: bargain.Bargain) -> None:
    bargain.day(date(2026, 12, 9))
    remind()
    (said,) = texts(deal)
    assert "还有3天到期" in said
    assert deal.cast.bank_a.short_name not in said
    assert "¥" not in said
    told = page(as_lin(deal), "/told")
    assert "东湖银行第 1 期" in told
    assert "12月12日" in told


def test_days_that_a_worker_slept_through_are_made_up_once(deal: bargain.Bargain) -> None:
    perform(deal.cast.lin, reminders.choose, made=EVERY_WAY, address="lin@mail.example")
    bargain.day(date(2026, 12, 12))
    assert remind() == 1
    assert reminded(deal) == 1


def test_nobody_is_disturbed_in_quiet_hours(deal: bargain.Bargain, monkeypatch: pytest.MonkeyPatch) -> None:
    bargain.day(date(2026, 12, 9))
    night = datetime(2026, 12, 8, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
    monkeypatch.setattr(reminders.clock, "now", lambda: night, raising=False)
    assert reminders.due_now() == []
    monkeypatch.setattr(reminders.clock, "now", lambda: night + timedelta(hours=9), raising=False)
    assert len(reminders.due_now()) == 1


@pytest.mark.parametrize(("hour", "quiet"), [(21, False), (22, True), (0, True), (7, True), (8, False), (12, False)])
def test_quiet_hours_run_past_midnight(hour: int, quiet: bool) -> None:
    at = datetime(2026, 12, 9, hour, tzinfo=UTC) - timedelta(hours=8)
    assert EVERY_WAY.is_quiet(at) is quiet


def test_an_email_goes_out_by_the_operators_server_and_names_nothing(deal: bargain.Bargain) -> None:
    perform(deal.cast.lin, reminders.choose, made=EVERY_WAY, address="lin@mail.example")
    bargain.day(date(2026, 12, 9))
    remind()
    assert send_mails() == 1
    assert send_mails() == 0
    (sent,) = outbox.outbox
    assert sent.to == ["lin@mail.example"]
    assert deal.cast.bank_a.short_name not in sent.subject + sent.body


def test_a_paid_instalment_is_not_reminded(deal: bargain.Bargain) -> None:
    bargain.day(date(2026, 12, 9))
    row = deal.plan(deal.cast.bank_a).instalments.get(period=1)
    bargain.pays(deal, deal.cast.bank_a, row.amount_fen, 1)
    assert remind() == 0


def test_only_the_worker_reminds(deal: bargain.Bargain) -> None:
    row = deal.plan(deal.cast.bank_a).instalments.get(period=1)
    with pytest.raises(NotPermitted):
        perform(deal.cast.lin, reminders.remind, instalment_id=row.pk, days_before=3)


def test_a_choice_that_reaches_nobody_is_refused(deal: bargain.Bargain) -> None:
    nobody = Choice((3,), in_app=False, by_text=False, by_mail=False, quiet_from=22, quiet_until=8)
    for made, address, field in ((EVERY_WAY, "nowhere", "mail"), (nobody, "", "days_before")):
        with pytest.raises(Refusal) as refused:
            perform(deal.cast.lin, reminders.choose, made=made, address=address)
        assert refused.value.field == field


def test_the_choice_is_made_on_a_page_that_keeps_what_was_typed(deal: bargain.Bargain) -> None:
    client = as_lin(deal)
    wrong = client.post("/calendar/reminders", FORM | {"by_mail": "on", "mail": "lin@"})
    assert wrong.status_code == 200
    assert "邮箱写完整" in wrong.content.decode()
    assert 'value="lin@"' in wrong.content.decode()
    assert client.post("/calendar/reminders", FORM).status_code == 302
    lin = deal.cast.lin.person_id
    assert lin is not None
    assert choice(lin).days_before == (3, 0)
    assert not choice(lin).by_text


# ── the calendar's address ────────────────────────────────────────────────────────────────────────────────


def subscribed(deal: bargain.Bargain) -> str:
    """The path of Lin's open calendar."""
    found = calendar_feed.address(deal.cast.lin)
    assert found is not None
    return found.url[found.url.index("/ics/") :]


def test_a_calendar_programme_reads_every_due_day_and_little_else(deal: bargain.Bargain, client: object) -> None:
    as_lin(deal).post("/calendar/feed/open")
    answer = client.get(subscribed(deal))  # type: ignore[attr-defined]
    assert answer["Content-Type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    rows = deal.plan(deal.cast.bank_a).instalments.order_by("due_on")
    assert [event["DTSTART"].dt for event in events] == [row.due_on for row in rows]
    assert {str(event["SUMMARY"]) for event in events} == {f"还款日：东 第{n}期" for n in range(1, 13)}
    text = answer.content.decode()
    for secret in ("林晓", "1612", "东湖银行", str(rows[0].amount_fen)[:-2]):
        assert secret not in text.replace(str(rows[0].pk), ""), secret
    bells = [alarm["TRIGGER"].dt for alarm in events[0].walk("VALARM")]
    assert bells == [timedelta(hours=9) - timedelta(days=days) for days in (3, 1)]


def test_a_new_address_and_a_closed_one_end_the_old(deal: bargain.Bargain, client: object) -> None:
    lin = as_lin(deal)
    lin.post("/calendar/feed/open")
    first = subscribed(deal)
    lin.post("/calendar/feed/open")
    second = subscribed(deal)
    assert client.get(first).status_code == 404  # type: ignore[attr-defined]
    assert client.get(second).status_code == 200  # type: ignore[attr-defined]
    lin.post("/calendar/feed/close")
    assert client.get(second).status_code == 404  # type: ignore[attr-defined]
    assert Leaf.objects.filter(kind="calendar-feed.closed").count() == 2
    assert "停用了还款日历的订阅地址" in page(lin, "/access")


def test_nobody_else_learns_or_closes_the_address(deal: bargain.Bargain) -> None:
    as_lin(deal).post("/calendar/feed/open")
    as_zhao(deal).post("/calendar/feed/close")
    assert subscribed(deal)
    assert "/ics/" not in page(as_zhao(deal), "/calendar/reminders")
    assert calendar_feed.address(deal.cast.officer_a) is None
    assert clock.today() == bargain.BASE_DAY
