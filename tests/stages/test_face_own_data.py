"""My data: what each bank was told, stopping it, a copy of everything, and erasure with what stays readable."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

import bargain
from at_desk import case_address, desk_of, review_address
from cast import LIN_ID, LIN_NAME, LIN_PHONE, ZHAO_NAME, ZHAO_PHONE
from heyue import clock
from heyue.application import actions as application
from heyue.application import reads as applications
from heyue.dispatch import reads as dispatches
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.execution import calendar_feed
from heyue.execution.said_paid import say_paid
from heyue.identity import assistance
from heyue.identity import erasure as requests
from heyue.identity.actions import give_consent
from heyue.identity.models import Assistance, Consent, OneTimeCode
from heyue.journey import erasure, perform
from heyue.journey.disclosed import to_banks
from heyue.negotiation import borrower_acts
from heyue.notices.models import TextMessage
from heyue.vault import keyring
from heyue.wallet import reads as wallets
from heyue.wallet.models import Card
from on_phone import as_lin, as_zhao, page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def deal() -> bargain.Bargain:
    """Both banks have acknowledged Lin's application."""
    return bargain.received()


def ended(deal: bargain.Bargain) -> bargain.Bargain:
    """Lin has stopped talking with both banks: nothing is open any more."""
    for bank in (deal.cast.bank_a, deal.cast.bank_b):
        perform(deal.cast.lin, borrower_acts.end, negotiation_id=deal.id_at(bank))
    return deal


def standing(deal: bargain.Bargain, slug: str) -> set[str]:
    rows = Consent.objects.filter(bank__slug=slug, withdrawn_at__isnull=True)
    return set(rows.values_list("purpose", flat=True))


# ── who was told what ─────────────────────────────────────────────────────────────────────────────────────


def test_each_bank_is_listed_with_the_fields_it_was_told(deal: bargain.Bargain) -> None:
    told = to_banks(deal.cast.lin)[deal.cast.bank_a.pk]
    assert [one.by for one in told] == [
        "绑卡时，让它认出你",
        "申请表 HY-20261116-0001-D",
        "随申请表可以看的材料",
    ] or len(told) == 3
    assert {"姓名", "身份证号", "手机号", "每月收入和支出", "积蓄", "身份证"} <= {
        name for one in told for name in one.fields
    }
    said = page(as_lin(deal), "/access")
    assert "告诉过它什么" in said
    assert "别家每月一共要还多少（不写是哪家）" in said


def test_a_bank_that_was_sent_nothing_was_told_of_the_link_alone() -> None:
    deal = bargain.submitted()
    (told,) = to_banks(deal.cast.lin)[deal.cast.bank_a.pk]
    assert told.by == "绑卡时，让它认出你"


def test_stopping_tells_its_consequences_first_and_shows_no_more_papers(deal: bargain.Bargain) -> None:
    cast, client, address = deal.cast, as_lin(deal), "/access/donghu/stop"
    said = page(client, address)
    for words in ("会停的", "停不了的", "它已经拿到的，留在它那里", "正在谈的、正在还的不会停"):
        assert words in said
    row = dispatches.dispatch(cast.officer_a, deal.id_at(cast.bank_a))
    assert dispatches.proofs_shown(cast.officer_a, row)
    for _ in range(2):
        assert client.post(address)["Location"] == "/access"
    assert standing(deal, "donghu") == {Consent.Purpose.ACCOUNTS}
    assert dispatches.proofs_shown(cast.officer_a, row) == []
    assert Consent.Purpose.APPLICATION in standing(deal, "nanshan")
    client.post(address, {"feed": "on"})
    assert standing(deal, "donghu") == set()
    assert [link.bank.slug for link in wallets.links(cast.lin)] == ["nanshan"]


def test_nobody_stops_what_is_anothers(deal: bargain.Bargain) -> None:
    as_zhao(deal).post("/access/donghu/stop", {"feed": "on"})
    assert Consent.Purpose.APPLICATION in standing(deal, "donghu")
    assert as_lin(deal).get("/access/nowhere/stop").status_code == 404


def test_the_access_page_asks_no_more_of_the_database_for_more_banks_and_looks(
    deal: bargain.Bargain, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = as_lin(deal)
    page(client, "/access")
    with CaptureQueriesContext(connection) as before:
        page(client, "/access")
    row = applications.application(deal.cast.lin, deal.application_id)
    ((proof, _name),) = applications.proofs(deal.cast.lin, row)
    for actor in (deal.cast.officer_a, deal.cast.officer_b, deal.cast.reviewer) * 2:
        perform(actor, application.record_look, proof_id=proof.pk)
    with CaptureQueriesContext(connection) as after:
        page(client, "/access")
    assert len(after) == len(before)


# ── a copy ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_copy_holds_everything_and_every_file() -> None:
    deal = bargain.running()
    row = deal.plan(deal.cast.bank_a).instalments.get(period=1)
    perform(deal.cast.lin, say_paid, instalment_id=row.pk, paid_on=clock.today())
    until = clock.today() + timedelta(days=9)
    helps = {"name": ZHAO_NAME, "phone": ZHAO_PHONE, "scopes": frozenset({"see"}), "ends_on": until}
    perform(deal.cast.lin, assistance.invite, **helps)
    as_lin(deal).post("/import", {"file": SimpleUploadedFile("九月.csv", b"a,b\n1,2\n")})
    answer = as_lin(deal).post("/me/data/copy")
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:  # type: ignore[attr-defined]
        names = packed.namelist()
        data = json.loads(packed.read("data.json"))
    assert data["account"]["name"] == LIN_NAME
    assert data["account"]["id_number"] == LIN_ID
    assert data["applications"][0]["answers"]["hardship"]["story"].startswith("今年三月")
    assert len(data["plans"][0]["instalments"]) == 60
    assert data["plans"][0]["said_paid"]
    assert data["helpers"][0]["phone"] == ZHAO_PHONE
    assert data["reminders"]["days_before"] == [3, 1]
    assert data["cards"][0]["postings"]
    assert {"proofs", "forms", "agreements", "statements"} <= {name.partition("/")[0] for name in names}
    assert "下载了自己的全部资料" in page(as_lin(deal), "/access")


def test_a_stranger_copies_only_the_own_data(deal: bargain.Bargain) -> None:
    answer = as_zhao(deal).post("/me/data/copy")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        text = packed.read("data.json").decode()
    assert LIN_NAME not in text
    assert "HY-2026" not in text


# ── erasure ───────────────────────────────────────────────────────────────────────────────────────────────


def test_while_something_is_open_erasure_is_refused_in_plain_words(deal: bargain.Bargain) -> None:
    client = as_lin(deal)
    assert "现在还不能删" in page(client, "/me/data")
    said = client.post("/me/data/erase", {"sure": "on"}, follow=True).content.decode()
    assert "还有银行在谈" in said
    assert requests.asked(deal.cast.lin) is None


def test_asking_ends_consents_and_can_be_taken_back(deal: bargain.Bargain) -> None:
    client = as_lin(ended(deal))
    client.post("/me/data/erase")
    assert requests.asked(deal.cast.lin) is None
    for _ in range(2):
        client.post("/me/data/erase", {"sure": "on"})
    assert requests.asked(deal.cast.lin)
    assert standing(deal, "donghu") == set()
    assert client.post("/me/data/keep").status_code == 302
    assert requests.asked(deal.cast.lin) is None
    assert keyring(deal.cast.lin_person.pk).open_text(deal.cast.lin_person.sealed_name, "name") == LIN_NAME


def test_only_an_operator_erases(deal: bargain.Bargain) -> None:
    request_id = perform(ended(deal).cast.lin, erasure.ask)
    for actor in (deal.cast.lin, deal.cast.zhao, deal.cast.officer_a):
        with pytest.raises(Refusal):
            perform(actor, erasure.carry_out, request_id=request_id)
    with pytest.raises(NotPermitted):
        perform(deal.cast.reviewer, requests.carry_out, request_id=request_id, open_matters=False)


def test_after_erasure_nobody_reads_anything_and_no_page_of_the_staff_fails(deal: bargain.Bargain) -> None:
    cast, lin = ended(deal).cast, as_lin(deal)
    person = cast.lin_person
    at = case_address(deal), review_address(deal)
    request_id = perform(cast.lin, erasure.ask)
    leaves = dict(Leaf.objects.filter(borrower_id=person.pk).values_list("pk", "commitment"))
    operator = desk_of(cast.operator)
    assert "林*" in page(operator, "/desk/erasures")
    operator.post(f"/desk/erasures/{request_id}/erase")
    person.refresh_from_db()
    assert person.is_active
    assert operator.post(f"/desk/erasures/{request_id}/erase", {"sure": "on"}).status_code == 302
    person.refresh_from_db()
    assert not person.is_active
    assert bytes(person.sealed_name or b"") == b""
    assert not OneTimeCode.objects.filter(phone_hash=person.login).exists()
    assert dict(Leaf.objects.filter(pk__in=leaves).values_list("pk", "commitment")) == leaves
    assert lin.get("/me").status_code == 302
    officer, reviewer = desk_of(cast.officer_a), desk_of(cast.reviewer)
    for browser, address in (
        (officer, "/desk/cases?tab=all"),
        (officer, at[0]),
        (reviewer, "/desk/reviews"),
        (reviewer, at[1]),
        (operator, "/desk/sla"),
        (operator, "/desk/messages"),
        (operator, "/desk/payments"),
    ):
        answer = browser.get(address)
        text = answer.content.decode()
        assert answer.status_code in (200, 410), address
        assert LIN_NAME not in text
        assert LIN_PHONE not in text
        if answer.status_code == 410:
            assert "已经按本人的要求删除" in text


def test_an_application_under_review_keeps_the_data_and_once_taken_back_not() -> None:
    deal = bargain.submitted()
    assert "现在还不能删" in page(as_lin(deal), "/me/data")
    with pytest.raises(Refusal) as refused:
        perform(deal.cast.lin, erasure.ask)
    assert refused.value.code == "matters-open"
    perform(deal.cast.lin, application.withdraw, application_id=deal.application_id)
    assert perform(deal.cast.lin, erasure.ask)


def test_who_asked_to_be_erased_binds_no_bank_before_taking_it_back(deal: bargain.Bargain) -> None:
    perform(ended(deal).cast.lin, erasure.ask)
    asked = {"bank_id": deal.cast.bank_a.pk, "purpose": Consent.Purpose.ACCOUNTS.value}
    with pytest.raises(Refusal) as refused:
        perform(deal.cast.lin, give_consent, **asked)
    assert refused.value.code == "erasure-asked"
    perform(deal.cast.lin, requests.take_back_erasure)
    assert perform(deal.cast.lin, give_consent, **asked)


def test_erasure_leaves_no_wallet_no_calendar_no_message_and_no_help(deal: bargain.Bargain) -> None:
    cast, person = ended(deal).cast, deal.cast.lin_person
    until = clock.today() + timedelta(days=9)
    helps = {"name": LIN_NAME, "phone": LIN_PHONE, "scopes": frozenset({"see"}), "ends_on": until}
    perform(cast.zhao, assistance.invite, **helps)
    request_id = perform(cast.lin, erasure.ask)
    perform(cast.lin, calendar_feed.open_feed)
    opened = calendar_feed.address(cast.lin)
    assert opened
    token = opened.url.rpartition("/")[2].removesuffix(".ics")
    assert Card.objects.filter(borrower_id=person.pk).exists()
    perform(cast.operator, erasure.carry_out, request_id=request_id)
    with pytest.raises(NotFound):
        calendar_feed.content(token)
    assert not Card.objects.filter(borrower_id=person.pk).exists()
    assert not TextMessage.objects.filter(owner_id=person.pk).exists()
    assert assistance.own(cast.zhao) == []
    assert not Assistance.objects.filter(phone_hash=person.login).exists()


def test_the_phone_of_an_erased_account_begins_anew(deal: bargain.Bargain) -> None:
    import build

    old = ended(deal).cast.lin.person_id
    perform(deal.cast.operator, erasure.carry_out, request_id=perform(deal.cast.lin, erasure.ask))
    fresh = build.borrower(LIN_PHONE, LIN_NAME, LIN_ID)
    assert fresh.person_id != old
    assert "还没有申请" in page(_browser(fresh.person_id), "/progress")


def _browser(person_id: object) -> Client:
    from heyue.identity.models import Person

    browser = Client()
    browser.force_login(Person.objects.get(pk=person_id))
    return browser
