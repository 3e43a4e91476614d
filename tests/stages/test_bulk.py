"""One act on many cases: each case for itself, told for each, sent once, looked at before it goes out."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import openpyxl
import pytest
import rfc8785
from django.test import Client

import bargain
import build
import interview
from at_desk import desk_of
from bargain import MENU, Bargain
from cast import PASSWORD, Cast
from heyue.application import actions as application
from heyue.banks.models import Bank
from heyue.casework import bulk
from heyue.casework.models import BulkItem, BulkRun, CaseNote, MessageTemplate
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.journey import bulk as journey_bulk
from heyue.journey import next_act, perform
from heyue.journey.bulk import carry_out
from heyue.negotiation import reads as negotiations
from heyue.negotiation.models import Question
from heyue.notices.models import Notice

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Desk:
    """Lin's and Zhao's cases at bank A, both received; an officer at the desk."""

    cast: Cast
    lin: Bargain
    zhao: Bargain
    browser: Client

    @property
    def cases(self) -> list[UUID]:
        return [self.lin.id_at(self.cast.bank_a), self.zhao.id_at(self.cast.bank_a)]


@pytest.fixture
def desk() -> Desk:
    lin = bargain.received()
    cast = lin.cast
    build.cards(cast.zhao, cast.bank_a, build.card_told(last4="7712", waivable="300.00"))
    as_zhao = replace(cast, lin=cast.zhao)
    zhao = Bargain(as_zhao, bargain.handed_in(cast.zhao, {cast.bank_a.pk: MENU}, wage="6000", periods=36))
    bargain.received(zhao, cast.bank_a)
    return Desk(cast, lin, zhao, desk_of(cast.officer_a))


def hidden(page: str) -> dict[str, list[str]]:
    """What the form of many cases on this page carries."""
    form = page[page.index('id="bulk"') :]
    form = form[: form.index("</form>")]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            found.setdefault(name[1], []).append(value[1])
    return found


def post(browser: Client, told: dict[str, object]) -> str:
    return browser.post("/desk/bulk", told, follow=True).content.decode()


def words_to(actor: Actor, case_id: UUID) -> list[str]:
    return [one.question for one in negotiations.questions(actor, negotiations.negotiation(actor, case_id))]


# ── what goes out ──────────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_looked_at_filled_for_each_and_sent_once(desk: Desk) -> None:
    browser, text = desk.browser, "{案件号} 在办，{officer} 明天给你打电话。"
    first = post(browser, {"act": "message", "case": desk.cases})
    assert "选中 2 件" in first
    looked = post(browser, {**hidden(first), "text": text, "look": "1"})
    assert not Question.objects.exists(), "a look sends nothing"
    numbers = dict(Dispatch.objects.filter(pk__in=desk.cases).values_list("pk", "number"))
    assert all(f"{number} 在办，王立 明天给你打电话。" in looked for number in numbers.values())
    assert "发给 2 位持卡人" in looked
    for _twice in range(2):
        assert "2 件办好了" in post(browser, {**hidden(looked), "do": "1"})
    assert words_to(desk.cast.lin, desk.cases[0]) == [f"{numbers[desk.cases[0]]} 在办，王立 明天给你打电话。"]
    assert Question.objects.count() == 2
    assert Leaf.objects.filter(kind="negotiation.bank-wrote").count() == 2
    assert Leaf.objects.filter(kind="bulk.begun", borrower_id=None).count() == 1
    assert Notice.objects.filter(kind="bank-wrote").count() == 2


def test_a_message_that_asks_nothing_waits_for_no_answer_and_a_question_does(desk: Desk) -> None:
    lin, case_id = desk.cast.lin, desk.cases[0]
    told = {"act": "message", "case": [case_id], "text": "收到了，在看。", "do": "1"}
    post(desk.browser, told)
    assert next_act(lin).kind.value != "question"  # type: ignore[union-attr]
    shown = interview.phone_of(lin).get(f"/progress/{desk.lin.application_id}").content.decode()
    assert "它留言：收到了，在看。" in shown
    assert "/answer/" not in shown
    post(desk.browser, {**told, "text": "月底能到账吗？", "wants_answer": "on"})
    assert next_act(lin).kind.value == "question"  # type: ignore[union-attr]
    assert [one.is_open for one in Question.objects.order_by("asked_at", "id")] == [False, True]


def test_words_with_a_place_that_there_is_not_come_back_at_their_field(desk: Desk) -> None:
    shown = post(desk.browser, {"act": "message", "case": desk.cases, "text": "{余额} 是多少", "look": "1"})
    assert "不认识 {余额}" in shown
    assert "看一遍再发" in shown
    empty = post(desk.browser, {"act": "message", "case": desk.cases, "text": " ", "do": "1"})
    assert "写下要说的话" in empty
    assert not BulkRun.objects.exists()


def test_a_paper_is_asked_of_those_who_agreed_to_show_it_and_have_not_yet(desk: Desk) -> None:
    Dispatch.objects.filter(pk=desk.cases[1]).update(needs={"proof_kinds": ["income"]})
    told = {"act": "paper", "case": desk.cases, "kind": "bank-flow", "text": "近三个月的。"}
    looked = post(desk.browser, {**told, "look": "1"})
    assert "请补一份材料：银行流水。近三个月的。" in looked
    assert "持卡人没有同意给我行看" in looked
    assert "发给 1 位持卡人" in looked
    done = post(desk.browser, {**hidden(looked), "do": "1"})
    assert "1 件办好了" in done
    assert "1 件没有办" in done
    assert "持卡人没有同意给我行看" in done
    assert words_to(desk.cast.lin, desk.cases[0]) == ["请补一份材料：银行流水。近三个月的。"]
    again = post(desk.browser, {**told, "case": desk.cases[:1], "do": "1"})
    assert "已经要过这份材料" in again
    assert Question.objects.count() == 1


# ── each case for itself ───────────────────────────────────────────────────────────────────────────────


def test_cases_are_given_to_a_colleague_and_who_has_it_already_stays(desk: Desk) -> None:
    colleague = build.staff(Role.OFFICER, "qian", "钱进", "A-0102", desk.cast.bank_a, password=PASSWORD)
    page = desk.browser.get("/desk/cases").content.decode()
    told = {**hidden(page), "case": desk.cases, "to": colleague.person_id, "assign": "1"}
    assert "2 件办好了" in post(desk.browser, told)
    assert desk.zhao.talk(desk.cast.bank_a).officer_number == "A-0102"
    assert "2 件办好了" in post(desk.browser, told)
    assert Leaf.objects.filter(kind="negotiation.officer-assigned").count() == 2
    unchanged = post(desk.browser, {**told, "token": uuid4()})
    assert "本来就是这样，没有动" in unchanged
    assert Leaf.objects.filter(kind="negotiation.officer-assigned").count() == 2
    shared = {**told, "token": uuid4(), "to": "load", "case": desk.cases[:1]}
    assert "1 件办好了" in post(desk.browser, shared)


def test_a_note_stands_on_each_case_and_one_that_was_withdrawn_says_so(desk: Desk) -> None:
    token = uuid4()
    values = {"act": "note", "values": {"text": "一起核对流水"}, "case_ids": desk.cases}
    perform(desk.cast.officer_a, bulk.begin_run, run_id=token, **values)
    perform(desk.cast.zhao, application.withdraw, application_id=desk.zhao.application_id)
    Dispatch.objects.filter(pk=desk.cases[1]).update(state="stopped")
    carry_out(desk.cast.officer_a, token)
    assert [note.dispatch_id for note in CaseNote.objects.all()] == desk.cases[:1]
    told = desk.browser.get(f"/desk/bulk/{token}").content.decode()
    assert "1 件办好了" in told
    assert "持卡人撤回了，这件不再办" in told


def test_a_case_that_breaks_stops_no_other_and_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    do, broken = bulk.do, str(desk.cases[0])

    def breaks(item_id: UUID) -> None:
        do(item_id)
        if str(BulkItem.objects.get(pk=item_id).dispatch_id) == broken:
            raise OSError("the disk is full")

    monkeypatch.setattr(journey_bulk.bulk, "do", breaks)
    told = post(desk.browser, {"act": "note", "case": desk.cases, "text": "看流水", "do": "1"})
    assert "还没办成，可以再试一次" in told
    assert CaseNote.objects.count() == 1, "what broke left nothing behind"
    monkeypatch.undo()
    run = BulkRun.objects.get()
    assert "2 件办好了" in desk.browser.post(f"/desk/bulk/{run.pk}", follow=True).content.decode()
    assert CaseNote.objects.count() == 2


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────


def test_another_banks_case_is_none_and_nothing_is_begun(desk: Desk) -> None:
    theirs = desk.lin.id_at(desk.cast.bank_b)
    told = {"act": "note", "case": [*desk.cases, theirs], "text": "看", "do": "1"}
    assert desk.browser.post("/desk/bulk", told).status_code == 404
    values = {"act": "note", "values": {"text": "看"}, "case_ids": [theirs]}
    with pytest.raises(NotFound):
        perform(desk.cast.officer_a, bulk.begin_run, run_id=uuid4(), **values)
    assert not CaseNote.objects.exists()
    assert desk.browser.post("/desk/cases/chosen.csv", {"case": [theirs]}).status_code == 404


@pytest.mark.parametrize("state", ["queued", "stopped"])
def test_a_case_that_the_bank_does_not_see_is_none_and_nothing_is_begun(desk: Desk, state: str) -> None:
    Dispatch.objects.filter(pk=desk.cases[1]).update(state=state)
    values = {"act": "note", "values": {"text": "看"}, "case_ids": desk.cases}
    with pytest.raises(NotFound):
        perform(desk.cast.officer_a, bulk.begin_run, run_id=uuid4(), **values)
    assert not BulkRun.objects.exists()


def test_what_was_said_is_not_to_be_guessed_from_its_digest(desk: Desk) -> None:
    values = {"act": "note", "values": {"text": "看"}, "case_ids": desk.cases}
    perform(desk.cast.officer_a, bulk.begin_run, run_id=uuid4(), **values)
    said = {"act": "note", "values": {"text": "看"}, "cases": sorted(map(str, desk.cases))}
    assert BulkRun.objects.get().digest != hashlib.sha256(rfc8785.dumps(said)).hexdigest()


def test_a_channel_that_a_bank_has_not_is_said_before_it_is_chosen(desk: Desk) -> None:
    Bank.objects.filter(pk=desk.cast.bank_a.pk).update(mail_address="")
    reviewer = desk_of(desk.cast.reviewer)
    looked = post(reviewer, {"act": "channel", "case": desk.cases, "channel": "email", "reason": "x", "look": "1"})
    assert looked.count("先登记这家银行的邮箱") == len(desk.cases)
    assert 'name="do"' not in looked


def test_anothers_run_is_not_shown_and_a_form_is_used_for_one_thing(desk: Desk) -> None:
    token = uuid4()
    told = {"act": "note", "case": desk.cases, "text": "看流水", "token": token, "do": "1"}
    post(desk.browser, told)
    assert desk_of(desk.cast.officer_b).get(f"/desk/bulk/{token}").status_code == 404
    assert "这张表已经用过了" in post(desk.browser, {**told, "text": "看工资"})
    assert CaseNote.objects.count() == 2


def test_only_the_platform_switches_channels_and_only_officers_do_the_banks_work(desk: Desk) -> None:
    Bank.objects.filter(pk=desk.cast.bank_a.pk).update(mail_address="desk@donghu.example")
    told = {"act": "channel", "case": desk.cases, "channel": "phone", "reason": "接口在修"}
    assert desk.browser.post("/desk/bulk", told).status_code == 403
    reviewer = desk_of(desk.cast.reviewer)
    assert reviewer.post("/desk/bulk", {"act": "note", "case": desk.cases, "text": "x", "do": "1"}).status_code == 403
    listed = reviewer.get(f"/desk/channels?bank={desk.cast.bank_a.slug}&all=1").content.decode()
    assert all(f'value="{case_id}" checked' in listed for case_id in desk.cases)
    looked = post(reviewer, {**told, "look": "1"})
    assert "2 件换成电话" in looked
    done = post(reviewer, {**hidden(looked), "do": "1"})
    assert "2 件办好了" in done
    assert set(Dispatch.objects.filter(pk__in=desk.cases).values_list("channel", flat=True)) == {"phone"}
    assert Leaf.objects.filter(kind="dispatch.channel-chosen").count() == 2
    values = {"act": "channel", "values": {"channel": "api", "reason": "x"}, "case_ids": desk.cases}
    with pytest.raises(NotPermitted):
        perform(desk.cast.officer_a, bulk.begin_run, run_id=uuid4(), **values)


def test_none_and_too_many_are_told_at_the_list(desk: Desk) -> None:
    assert "先选中案件" in post(desk.browser, {"act": "note"})
    assert "一次最多选 100 件" in post(desk.browser, {"act": "note", "case": [uuid4() for _ in range(101)]})
    with pytest.raises(Refusal):
        bulk.must_be_some([])


# ── the list, the file, the templates ──────────────────────────────────────────────────────────────────


def test_all_on_the_page_are_chosen_without_a_script(desk: Desk) -> None:
    page = desk.browser.get("/desk/cases?show=new&all=1").content.decode()
    assert page.count('name="case"') == page.count(" checked aria-label") == 2
    assert 'href="/desk/cases?show=new"' in page


def test_the_chosen_cases_are_handed_out_as_a_file_and_each_is_recorded(desk: Desk) -> None:
    told = {"case": desk.cases[:1], "token": uuid4(), "act": "note", "to": "load"}
    answer = desk.browser.post("/desk/cases/chosen.xlsx", told)
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)  # type: ignore[union-attr]
    assert len(rows) == 2
    assert rows[1][0] == Dispatch.objects.get(pk=desk.cases[0]).number
    assert len(desk.browser.post("/desk/cases/chosen.csv", {"case": desk.cases}).content.splitlines()) == 3
    assert Leaf.objects.filter(kind="case.exported").count() == 3
    assert desk.browser.get("/desk/cases/chosen.csv").status_code == 302
    assert "先选中案件" in desk.browser.post("/desk/cases/chosen.csv", follow=True).content.decode()


def test_words_are_kept_as_a_template_and_fill_many_cases_and_one(desk: Desk) -> None:
    wrong = desk.browser.post("/desk/messages-kept", {"name": "回访", "text": "{卡号} 回访"}).content.decode()
    assert "不认识 {卡号}" in wrong
    for text in ("{案件号} 明天回访。", "{案件号} 后天回访。"):
        desk.browser.post("/desk/messages-kept", {"name": "回访", "text": text})
    (kept,) = MessageTemplate.objects.all()
    assert "后天回访" in desk.browser.get("/desk/team").content.decode()
    filled = post(desk.browser, {"act": "message", "case": desk.cases, "template": kept.pk, "fill": "1"})
    assert "{案件号} 后天回访。</textarea>" in filled
    here = f"/desk/cases/{desk.cases[0]}"
    number = Dispatch.objects.get(pk=desk.cases[0]).number
    assert f"{number} 后天回访。</textarea>" in desk.browser.get(f"{here}?message={kept.pk}").content.decode()
    stranger = desk_of(desk.cast.officer_b)
    assert stranger.get(f"/desk/cases/{desk.lin.id_at(desk.cast.bank_b)}?message={kept.pk}").status_code == 404
    assert stranger.post(f"/desk/messages-kept/{kept.pk}/drop").status_code == 404
    desk.browser.post(f"/desk/messages-kept/{kept.pk}/drop")
    assert not MessageTemplate.objects.exists()


def test_an_officer_leaves_words_on_one_case_that_ask_nothing(desk: Desk) -> None:
    here, told = f"/desk/cases/{desk.cases[0]}", {"text": "收到工资条了。", "token": uuid4(), "only_tell": "1"}
    for _twice in range(2):
        said = desk.browser.post(f"{here}/ask", told, follow=True).content.decode()
    assert "留言已经送到持卡人那里" in said
    (row,) = Question.objects.all()
    assert not row.is_open
