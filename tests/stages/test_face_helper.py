"""A helper: asked openly, accepts by the own code, acts as the own person and within the scopes."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.test import Client

import bargain
import build
from at_desk import case_address, desk_of
from cast import LIN_NAME, LIN_PHONE, ZHAO_NAME, ZHAO_PHONE
from heyue import clock
from heyue.agreement import reads as agreements
from heyue.application import actions as application
from heyue.application import reads as applications
from heyue.banks.models import OutboundMessage
from heyue.banks.outbox import body_of
from heyue.dispatch import reads as dispatches
from heyue.engine.moves import Actor, Role, StateTable
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.execution import said_paid
from heyue.identity import assistance
from heyue.identity.models import Assistance, Person
from heyue.journey import assisting, perform
from heyue.journey.told import told
from heyue.negotiation import actions as negotiation
from heyue.negotiation import borrower_acts
from heyue.negotiation import reads as negotiations
from on_phone import as_lin, as_person, as_zhao, page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
UNTIL = date(2026, 12, 31)
EVERYTHING = frozenset({"see", "fill", "messages"})


@pytest.fixture
def deal() -> bargain.Bargain:
    """Both banks have acknowledged Lin's application."""
    return bargain.received()


def invited(deal: bargain.Bargain, scopes: frozenset[str] = EVERYTHING, until: date = UNTIL):  # type: ignore[no-untyped-def]
    """Lin asks Zhao to help; the assistance's id."""
    return perform(deal.cast.lin, assistance.invite, name=ZHAO_NAME, phone=ZHAO_PHONE, scopes=scopes, ends_on=until)


def accepted(deal: bargain.Bargain, scopes: frozenset[str] = EVERYTHING):  # type: ignore[no-untyped-def]
    """Zhao has said yes by his own code; the assistance's id."""
    made = invited(deal, scopes)
    zhao = deal.cast.zhao
    perform(zhao, assistance.ask_accept_code, assistance_id=made, asked_from="127.0.0.1")
    perform(zhao, assistance.accept, assistance_id=made, code=build.last_code(ZHAO_PHONE))
    return made


def asked(deal: bargain.Bargain):  # type: ignore[no-untyped-def]
    """The first bank's question."""
    bank = deal.cast.bank_a
    return perform(bargain.as_bank(bank), negotiation.ask, negotiation_id=deal.id_at(bank), text="还在缴社保吗？")


# ── asking and accepting ─────────────────────────────────────────────────────────────────────────────────


def test_the_borrower_asks_openly_and_is_warned_of_paid_agents(deal: bargain.Bargain) -> None:
    client = as_lin(deal)
    assert "别请收钱的“代理”" in page(client, "/me/helpers")
    typed = {"name": ZHAO_NAME, "phone": ZHAO_PHONE, "scopes": ["messages"], "ends_on": UNTIL.isoformat()}
    assert client.post("/me/helpers", typed).status_code == 302
    said = page(client, "/me/helpers")
    assert "赵**" in said
    assert "还没答应" in said
    assert Assistance.objects.get().scopes == ["messages", "see"]
    assert "请了一个帮手" in page(client, "/access")


def test_what_does_not_fit_is_refused_at_its_field_and_stays_typed(deal: bargain.Bargain) -> None:
    client = as_lin(deal)
    for changes, words in (
        ({"phone": LIN_PHONE}, "你自己的手机号"),
        ({"phone": "12"}, "11位数字"),
        ({"scopes": []}, "选一样"),
        ({"ends_on": "2027-12-31"}, "之间的日子"),
        ({"ends_on": "2026-11-15"}, "之间的日子"),
        ({"name": "x"}, "汉字"),
    ):
        typed = {"name": ZHAO_NAME, "phone": ZHAO_PHONE, "scopes": ["see"], "ends_on": UNTIL.isoformat(), **changes}
        answer = client.post("/me/helpers", typed)
        assert answer.status_code == 200, changes
        assert words in answer.content.decode(), changes
        assert ZHAO_NAME in answer.content.decode() or "name" in changes
    assert not Assistance.objects.exists()


def test_the_helper_accepts_by_the_own_code_on_a_page_that_says_what_it_means(deal: bargain.Bargain) -> None:
    made, zhao = invited(deal), as_zhao(deal)
    assert "林*" in page(zhao, "/helping")
    address = f"/helping/{made}/accept"
    assert "签字、接受条件、交申请" in page(zhao, address)
    zhao.post(address, {"send": "1"})
    wrong = zhao.post(address, {"code": "000000"})
    assert wrong.status_code == 200
    assert zhao.get(f"/helping/{made}").status_code == 404
    assert zhao.post(address, {"code": build.last_code(ZHAO_PHONE)}).status_code == 302
    assert "你在帮 林*" in page(zhao, f"/helping/{made}")
    assert LIN_NAME not in page(zhao, f"/helping/{made}")


def test_who_was_not_asked_accepts_nothing(deal: bargain.Bargain) -> None:
    made = invited(deal)
    stranger = build.borrower("13700007777", "孙立", "110101199003077635")
    for do in (
        lambda: perform(stranger, assistance.ask_accept_code, assistance_id=made, asked_from="127.0.0.1"),
        lambda: perform(stranger, assistance.accept, assistance_id=made, code="123456"),
        lambda: perform(stranger, assistance.end, assistance_id=made),
    ):
        with pytest.raises(NotFound):
            do()


def test_somebody_new_helps_without_telling_an_identity_number(deal: bargain.Bargain) -> None:
    number = "13600006666"
    made = perform(
        deal.cast.lin, assistance.invite, name="钱多", phone=number, scopes=frozenset({"see"}), ends_on=UNTIL
    )
    helper = build.newcomer(number)
    perform(helper, assistance.ask_accept_code, assistance_id=made, asked_from="127.0.0.1")
    perform(helper, assistance.accept, assistance_id=made, code=build.last_code(number))
    from heyue.identity.models import Person

    assert "两家都在等" in page(as_person(Person.objects.get(pk=helper.person_id)), f"/helping/{made}")


# ── what a helper may, and may not ───────────────────────────────────────────────────────────────────────


def test_an_answer_goes_out_as_the_helpers_and_the_borrower_is_told(deal: bargain.Bargain) -> None:
    made, question = accepted(deal), asked(deal)
    ours = deal.id_at(deal.cast.bank_a)
    zhao, address = as_zhao(deal), f"/helping/{made}/answer/{ours}/{question}"
    assert "还在缴社保吗" in page(zhao, f"/helping/{made}")
    empty = zhao.post(address, {"text": " "})
    assert empty.status_code == 200
    assert "写几句回答" in empty.content.decode()
    assert zhao.post(address, {"text": "还在缴。"}).status_code == 302
    sent = OutboundMessage.objects.get(kind="question.answered")
    assert "（公开登记的帮手赵**代答）还在缴。" in body_of(sent).decode()
    leaf = Leaf.objects.get(kind="negotiation.question-answered")
    assert (leaf.actor_role, leaf.actor_id) == ("helper", deal.cast.zhao.person_id)
    assert any("帮手替你回答了" in one.words for one in told(deal.cast.lin))
    assert "帮手" in page(as_lin(deal), "/access")


def test_the_bank_sees_that_a_helper_assists(deal: bargain.Bargain) -> None:
    officer = desk_of(deal.cast.officer_a)
    assert "公开登记的帮手" not in page(officer, case_address(deal))
    invited(deal)
    assert "公开登记的帮手" not in page(officer, case_address(deal))
    Assistance.objects.all().delete()
    accepted(deal)
    said = page(officer, case_address(deal))
    assert "公开登记的帮手 赵**" in said
    assert ZHAO_PHONE not in said


def test_a_helper_fills_in_the_household_and_nothing_else() -> None:
    bargain.day(bargain.BASE_DAY)
    deal = bargain.submitted()
    perform(deal.cast.lin, application.withdraw, application_id=deal.application_id)
    draft = perform(deal.cast.lin, application.start)
    made, zhao = accepted(deal), as_zhao(deal)
    wrong = zhao.post(f"/helping/{made}/fill/income", {"wage": "很多"})
    assert wrong.status_code == 200
    assert "很多" in wrong.content.decode()
    assert zhao.post(f"/helping/{made}/fill/income", {"wage": "4100"}).status_code == 302
    story = {"kind": "illness", "story": "十月起住院，工资停发，出院后在家休养。"}
    assert zhao.post(f"/helping/{made}/fill/hardship", story).status_code == 302
    row = applications.application(deal.cast.lin, draft)
    kept = applications.answers(deal.cast.lin, row)
    assert kept["income"]["items"] == [{"kind": "wage", "monthly": "4100.00"}]
    assert 'value="4100.00"' in page(zhao, f"/helping/{made}/fill/income")
    assert kept["hardship"]["story"] == story["story"]
    assert zhao.get(f"/helping/{made}/fill/wish").status_code == 404
    acting, _name = assistance.helper(deal.cast.zhao, made)
    for part in ("cards", "wish", "plan"):
        with pytest.raises(NotPermitted):
            perform(acting, assisting.fill_in, application_id=draft, part=part, values={})
    assert Leaf.objects.filter(kind="application.filled-by-helper", actor_role="helper").count() == 2


def test_no_table_lets_a_helper_do_more_than_answer_a_question() -> None:
    stages = ("wallet", "application", "review", "dispatch", "negotiation", "agreement", "execution")
    found = {
        (value.name, str(move.event))
        for stage in stages
        for value in vars(import_module(f"heyue.{stage}.states")).values()
        if isinstance(value, StateTable)
        for move in value.moves
        if Role.HELPER in move.by
    }
    assert found == {("negotiation", "question-answered")}


def test_a_helper_signs_accepts_hands_in_and_looks_at_no_paper(deal: bargain.Bargain) -> None:
    bank = deal.cast.bank_a
    bargain.offered(deal, bank)
    acting, _name = assistance.helper(deal.cast.zhao, accepted(deal))
    ours = deal.id_at(bank)
    for do, values in (
        (borrower_acts.accept_offer, {"negotiation_id": ours, "offer_id": deal.talk(bank).offer_id}),
        (borrower_acts.end, {"negotiation_id": ours}),
        (application.withdraw, {"application_id": deal.application_id}),
        (application.start, {}),
    ):
        with pytest.raises(Refusal):
            perform(acting, do, **values)
    row = applications.application(acting, deal.application_id)
    with pytest.raises(NotFound):
        applications.proofs(acting, row)
    ((proof, _),) = applications.proofs(deal.cast.lin, row)
    with pytest.raises(NotFound):
        applications.proof(acting, proof.pk)
    assert negotiations.is_talking(deal.talk(bank))


def test_each_scope_is_its_own(deal: bargain.Bargain) -> None:
    made, question = accepted(deal, frozenset({"see"})), asked(deal)
    acting, _name = assistance.helper(deal.cast.zhao, made)
    ours = deal.id_at(deal.cast.bank_a)
    assert "社保" not in page(as_zhao(deal), f"/helping/{made}")
    with pytest.raises(NotPermitted):
        perform(acting, assisting.answer, negotiation_id=ours, question_id=question, text="好")
    forged = Actor(Role.HELPER, deal.cast.zhao.person_id, helps=deal.cast.lin.person_id, scopes=EVERYTHING)
    with pytest.raises(NotPermitted):
        perform(forged, assisting.answer, negotiation_id=ours, question_id=question, text="好")


@pytest.mark.parametrize("by_whom", ["lin", "zhao", "the calendar"])
def test_it_ends_at_once(deal: bargain.Bargain, by_whom: str) -> None:
    made = accepted(deal)
    acting, _name = assistance.helper(deal.cast.zhao, made)
    if by_whom == "the calendar":
        bargain.day(UNTIL + timedelta(days=1))
    elif by_whom == "lin":
        as_lin(deal).post(f"/me/helpers/{made}/end")
    else:
        as_zhao(deal).post(f"/helping/{made}/end")
    assert as_zhao(deal).get(f"/helping/{made}").status_code == 404
    with pytest.raises(NotPermitted):
        perform(acting, assisting.fill_in, application_id=deal.application_id, part="income", values={})
    assert assistance.helping(deal.cast.lin_person.pk) == []
    assert clock.today() >= bargain.BASE_DAY


def test_the_helpers_own_pages_show_nothing_of_the_borrowers(deal: bargain.Bargain) -> None:
    accepted(deal)
    zhao = as_zhao(deal)
    assert "还没有申请" in page(zhao, "/progress")
    assert zhao.get(f"/progress/{deal.application_id}").status_code == 404
    assert Client().get("/helping")["Location"].startswith("/signin")


def test_asking_and_ending_in_turn_floods_nobodys_phone(deal: bargain.Bargain) -> None:
    client = as_lin(deal)
    typed = {"name": ZHAO_NAME, "phone": ZHAO_PHONE, "scopes": ["see"], "ends_on": UNTIL.isoformat()}
    for _ in range(4):
        answer = client.post("/me/helpers", typed)
        for row in Assistance.objects.filter(ended_at__isnull=True):
            client.post(f"/me/helpers/{row.pk}/end")
    assert answer.status_code == 200
    assert "明天再请" in answer.content.decode()
    assert Assistance.objects.count() == 2
    bargain.day(clock.today() + timedelta(days=2))
    assert client.post("/me/helpers", typed).status_code == 302


def test_who_has_got_an_accepted_helpers_old_number_learns_and_ends_nothing(deal: bargain.Bargain) -> None:
    made = accepted(deal)
    other = build.borrower("13700001111", "周梅", "440301198812120018")
    Assistance.objects.update(phone_hash=Person.objects.get(pk=other.person_id).login)
    assert assistance.asked_of(other) == []
    with pytest.raises(NotFound):
        perform(other, assistance.end, assistance_id=made)
    assert len(assistance.asked_of(deal.cast.zhao)) == 1


def test_what_the_borrower_saved_meanwhile_is_not_written_over_unseen() -> None:
    deal = bargain.submitted()
    perform(deal.cast.lin, application.withdraw, application_id=deal.application_id)
    perform(deal.cast.lin, application.start)
    made = accepted(deal)
    zhao, address = as_zhao(deal), f"/helping/{made}/fill/income"
    seen = page(zhao, address).partition('name="version" value="')[2].partition('"')[0]
    draft = applications.in_the_making(deal.cast.lin)
    assert draft
    assert seen
    values = {"items": [{"kind": "wage", "monthly": "3333.00"}]}
    perform(deal.cast.lin, application.save_answers, application_id=draft.pk, part="income", values=values)
    answer = zhao.post(address, {"wage": "4100", "version": seen})
    said = answer.content.decode()
    assert answer.status_code == 200
    assert "刚改过这一页" in said
    assert 'value="4100"' in said
    again = said.partition('name="version" value="')[2].partition('"')[0]
    assert zhao.post(address, {"wage": "4100", "version": again}).status_code == 302


def test_no_read_gives_a_helper_papers_or_words_out_of_scope() -> None:
    deal = bargain.running()
    bank, row = deal.cast.bank_b, deal.plan(deal.cast.bank_a).instalments.get(period=1)
    perform(bargain.as_bank(bank), negotiation.ask, negotiation_id=deal.id_at(bank), text="还在缴社保吗？")
    stored = said_paid.StoredReceipt("image/jpeg", "0" * 64, "receipts/none")
    said_id = perform(deal.cast.lin, said_paid.say_paid, instalment_id=row.pk, paid_on=clock.today(), receipt=stored)
    acting, _name = assistance.helper(deal.cast.zhao, accepted(deal, frozenset({"see"})))
    talk = negotiations.negotiation(acting, deal.id_at(bank))
    assert negotiations.questions(acting, talk) == []
    assert len(negotiations.questions(deal.cast.lin, talk)) == 1
    for read, at in (
        (dispatches.form_pdf, deal.id_at(bank)),
        (agreements.document, deal.agreement(deal.cast.bank_a).pk),
        (said_paid.receipt, said_id),
    ):
        with pytest.raises(NotFound):
            read(acting, at)
