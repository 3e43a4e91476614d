"""What a bank must do (gateway-v1 sections 2 to 4): its account feed, applications, events in their order."""

from __future__ import annotations

import json
import uuid
from typing import Any

from heyue.engine.interest import account
from heyue.engine.money import fen
from heyue.gateway import wire
from heyue.gateway.conformance.at_bank import PDF, STRANGER, AtBank, document, link_ask, question_of_dispute
from heyue.gateway.conformance.case import Cases, Reply, answered, must, problem, refused
from heyue.gateway.conformance.door import Ask, changed

FEED = "2 Account feed"
APPLICATION = "3 Application"
EVENTS = "4 Events"
DISPUTES = "4 Disputes"
PAGES_MAX = 1000
ELSEWHERE = "0197a3c0-0000-7c3a-9d54-2f6f0f6f1c00"

cases: Cases[AtBank] = Cases("bank")
case = cases.case


def _with(ask: Ask, change: Any) -> Ask:
    """Return a request whose JSON body was changed by a function."""
    told = json.loads(ask.body)
    change(told)
    return changed(ask, body=json.dumps(told, ensure_ascii=False).encode())


def _stored(reply: Reply) -> None:
    told = answered(reply, 202).json
    must(isinstance(told.get("id"), str), "202 要有 id")
    must(str(told.get("stored_at", "")).endswith("Z"), "202 要有 stored_at（RFC 3339，UTC）")


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@case(FEED, "本行客户：得到关联")
def known_holder_is_linked(bank: AtBank) -> None:
    must(0 < len(bank.linked()) <= 80, "link 要有 1 到 80 个字")


@case(FEED, "不是本行客户")
def unknown_holder(bank: AtBank) -> None:
    refused(bank.door.ask(link_ask(STRANGER)), 404, "not-our-customer")


@case(FEED, "证件号不合格式：指出字段")
def bad_id_number(bank: AtBank) -> None:
    holder = STRANGER | {"id_number": "12345"}
    refused(bank.door.ask(link_ask(holder)), 422, "malformed", pointer="/holder/id_number")


@case(FEED, "不认识的授权范围：指出字段")
def unknown_scope(bank: AtBank) -> None:
    reply = bank.door.ask(link_ask(STRANGER, ("accounts", "everything")))
    refused(reply, 422, "malformed", pointer="/consent/scopes/1")


@case("1 Values", "多出来的字段不理会")
def unknown_fields_in_a_link(bank: AtBank) -> None:
    ask = link_ask(STRANGER, hint={"later": [1, None]})
    refused(bank.door.ask(ask), 404, "not-our-customer")


@case(FEED, "卡片合格式，余额是各部分之和")
def cards_are_of_their_shape(bank: AtBank) -> None:
    must(bank.cards()["cards"], "测试客户应有卡")


@case(FEED, "用给出的条款和流水，重算得出同样的余额")
def figures_can_be_recomputed(bank: AtBank) -> None:
    link = bank.linked()
    reply = bank.door.ask(Ask("GET", f"/v1/account-links/{link}/cards"))
    told = wire.shaped(wire.Cards, reply.json).model_dump(mode="json")
    happened = _activity(bank, link)
    for card in told["cards"]:
        mine = [one for one in happened if one["card"] == card["token"] and one["date"] <= told["as_of"]]
        posted = [{name: one[name] for name in ("date", "kind", "amount")} for one in mine]
        opening = {"opening": card["opening"]} if card["opening"] else {}
        found = account({"terms": card["terms"], "events": posted, "until": told["as_of"], **opening})
        balance, accrued = found["balance"], found["accrued"]
        must(
            (fen(balance), fen(accrued)) == (fen(card["balance"]), fen(card["accrued"])),
            f"尾号{card['last4']}：重算余额 {balance}、未入账 {accrued}，银行说 {card['balance']}、{card['accrued']}",
        )


@case(FEED, "没有的关联")
def unknown_link(bank: AtBank) -> None:
    refused(bank.door.ask(Ask("GET", f"/v1/account-links/{uuid.uuid4()}/cards")), 404, "unknown-link")


@case("1 Paging", "流水一页页走到头，序号只增，每条只出现一次")
def activity_page_by_page(bank: AtBank) -> None:
    tokens = {card["token"] for card in bank.cards()["cards"]}
    found = _activity(bank, bank.linked())
    must({one["card"] for one in found} <= tokens, "流水里有不在名下的卡")


@case("1 Paging", "走到头之后再问：空的一页")
def after_the_last_page(bank: AtBank) -> None:
    link = bank.linked()
    found = _activity(bank, link)
    last = found[-1]["seq"] if found else 0
    page = _page(bank, link, last)
    must((page.events, page.more) == ((), False), "末页之后应是空页，more 为 false")


@case("1 Paging", "after 不是序号：拒绝")
def after_that_is_none(bank: AtBank) -> None:
    reply = bank.door.ask(Ask("GET", f"/v1/account-links/{bank.linked()}/activity?after=x"))
    must(400 <= reply.status < 500, f"应答 4xx，实际 {reply.status}")
    problem(reply)


@case("1 Scopes", "没有授权看还款，就不给")
def scopes_are_kept(bank: AtBank) -> None:
    kinds = {one["kind"] for one in _activity(bank, bank.linked(("accounts", "statements")))}
    must(not kinds & {"payment", "refund"}, f"没有 payments 授权，却给了 {kinds}")


@case(FEED, "撤回授权之后，什么也看不到")
def withdrawn_link(bank: AtBank) -> None:
    link = bank.linked()
    answered(bank.door.ask(Ask("DELETE", f"/v1/account-links/{link}")), 204)
    for path in (f"/v1/account-links/{link}/cards", f"/v1/account-links/{link}/activity?after=0"):
        refused(bank.door.ask(Ask("GET", path)), 404, "unknown-link")


@case(FEED, "再撤一次：204 或说没有")
def withdrawn_twice(bank: AtBank) -> None:
    link = bank.linked()
    answered(bank.door.ask(Ask("DELETE", f"/v1/account-links/{link}")), 204)
    answered(bank.door.ask(Ask("DELETE", f"/v1/account-links/{link}")), 204, 404)


def _page(bank: AtBank, link: str, after: int) -> wire.ActivityPage:
    reply = bank.door.ask(Ask("GET", f"/v1/account-links/{link}/activity?after={after}"))
    must(reply.status == 200, f"应答 200，实际 {reply.status} {reply.code}")
    return wire.shaped(wire.ActivityPage, reply.json)


def _activity(bank: AtBank, link: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = 0
    for _ in range(PAGES_MAX):
        page = _page(bank, link, after)
        seqs = [one.seq for one in page.events]
        must(all(seq > after for seq in seqs), "给了 after 之前的流水")
        must(seqs == sorted(set(seqs)), "序号没有只增不减")
        must(page.next == (seqs[-1] if seqs else after), f"next 应是最后一条的序号 {seqs[-1:]}，实际 {page.next}")
        found += [one.model_dump(mode="json") for one in page.events]
        if not page.more:
            return found
        must(page.next > after, "more 为 true，却没有往前走")
        after = page.next
    raise AssertionError("the pages do not end")


# ── applications ─────────────────────────────────────────────────────────────────────────────────────────────────────


@case(APPLICATION, "申请收下：202，有编号和时间")
def application_is_stored(bank: AtBank) -> None:
    _stored(bank.door.ask(bank.talk().ask()))


@case(APPLICATION, "同一份申请来两次：同样的回答")
def application_twice(bank: AtBank) -> None:
    ask = bank.talk().ask()
    first, second = bank.door.ask(ask), bank.door.ask(ask)
    must((first.status, first.body) == (second.status, second.body), "两次回答不同")


@case(APPLICATION, "键不是申请的编号：指出 /id")
def application_under_another_key(bank: AtBank) -> None:
    ask = changed(bank.talk().ask(), key=str(uuid.uuid4()))
    refused(bank.door.ask(ask), 422, "malformed", pointer="/id")


@case(APPLICATION, "申请表和摘要对不上")
def form_with_another_digest(bank: AtBank) -> None:
    form = document() | {"sha256": document(PDF + b" ")["sha256"]}
    reply = bank.door.ask(bank.talk(form=form).ask())
    refused(reply, 422, "digest-mismatch", pointer="/form/sha256")


@case(APPLICATION, "申请表不是 PDF")
def form_that_is_no_pdf(bank: AtBank) -> None:
    refused(bank.door.ask(bank.talk(form=document(b"GIF89a")).ask()), 422, "malformed")


@case(APPLICATION, "缺字段：指出是哪一个")
def application_without_a_hash(bank: AtBank) -> None:
    ask = _with(bank.talk().ask(), lambda told: told["asked"].pop("hash"))
    refused(bank.door.ask(ask), 422, "malformed", pointer="/asked/hash")


@case("1 Values", "金额写成数字，不是字符串：指出字段")
def amount_as_a_number(bank: AtBank) -> None:
    ask = _with(bank.talk().ask(), lambda told: told["debt"].update(balance=100))
    refused(bank.door.ask(ask), 422, "malformed", pointer="/debt/balance")


@case("1 Values", "日期不合格式：指出字段")
def day_that_is_none(bank: AtBank) -> None:
    ask = _with(bank.talk().ask(), lambda told: told.update(base_date="2026/11/16"))
    refused(bank.door.ask(ask), 422, "malformed", pointer="/base_date")


@case("1 Values", "申请里多出来的字段不理会")
def unknown_fields_in_an_application(bank: AtBank) -> None:
    ask = _with(bank.talk().ask(), lambda told: (told.update(later=1), told["asked"].update(later=[1])))
    _stored(bank.door.ask(ask))


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────────

CHASED = {"received_on": "2026-11-16", "due_on": "2026-11-25", "text": "协议检验"}


@case(EVENTS, "事件收下：202，随后有结论")
def event_is_stored_and_judged(bank: AtBank) -> None:
    talk = bank.applied()
    event = talk.event("answer.chased", CHASED)
    _stored(bank.door.ask(talk.event_ask(event)))
    must(talk.judged(event)["state"] == "taken", "催办函应当被采用")


@case(EVENTS, "没有申请的协商：404，不保留；申请来了再发，就收下")
def event_before_its_application(bank: AtBank) -> None:
    talk = bank.talk()
    event = talk.event("answer.chased", CHASED)
    refused(bank.door.ask(talk.event_ask(event)), 404, "unknown-negotiation")
    answered(bank.door.ask(talk.ask()), 202)
    _stored(bank.door.ask(talk.event_ask(event)))


@case(EVENTS, "不认识的事件：指出 /type")
def unknown_type(bank: AtBank) -> None:
    talk = bank.applied()
    event = talk.event("coffee.made", {}, 1)
    refused(bank.door.ask(talk.event_ask(event)), 422, "malformed", pointer="/type")


@case(EVENTS, "subject 是别的协商：指出 /subject")
def another_subject(bank: AtBank) -> None:
    talk = bank.applied()
    event = talk.event("answer.chased", CHASED, 1, subject=ELSEWHERE)
    refused(bank.door.ask(talk.event_ask(event)), 422, "malformed", pointer="/subject")


@case(EVENTS, "id 不是 Idempotency-Key：指出 /id")
def another_id(bank: AtBank) -> None:
    talk = bank.applied()
    ask = changed(talk.event_ask(talk.event("answer.chased", CHASED, 1)), key=str(uuid.uuid4()))
    refused(bank.door.ask(ask), 422, "malformed", pointer="/id")


@case(EVENTS, "序号从 1 起：0 被拒")
def sequence_nought(bank: AtBank) -> None:
    talk = bank.applied()
    reply = bank.door.ask(talk.event_ask(talk.event("answer.chased", CHASED, 0)))
    refused(reply, 422, "malformed", pointer="/sequence")


@case(EVENTS, "数据缺字段：指出是哪一个")
def event_without_a_field(bank: AtBank) -> None:
    talk = bank.applied()
    event = talk.event("answer.chased", {"received_on": "2026-11-16", "text": "缺一项"}, 1)
    refused(bank.door.ask(talk.event_ask(event)), 422, "malformed", pointer="/data/due_on")


@case("1 Values", "事件里多出来的字段不理会")
def unknown_fields_in_an_event(bank: AtBank) -> None:
    talk = bank.applied()
    event = talk.event("answer.chased", CHASED | {"later": {}}, traceparent="00-1")
    _stored(bank.door.ask(talk.event_ask(event)))
    must(talk.judged(event)["state"] == "taken", "多出来的字段不应妨碍采用")


@case(EVENTS, "没发过的事件：问下落得 404")
def fate_of_nothing(bank: AtBank) -> None:
    talk = bank.applied()
    reply = bank.door.ask(Ask("GET", f"/v1/negotiations/{talk.id}/events/{uuid.uuid4()}"))
    refused(reply, 404, "unknown-negotiation")


@case(EVENTS, "先到的后一个事件等着，前一个到了再一起判")
def early_events_wait(bank: AtBank) -> None:
    talk = bank.applied()
    first, second = talk.event("answer.chased", CHASED, 1), talk.event("answer.chased", CHASED, 2)
    third = talk.event("answer.chased", CHASED, 3)
    for event in (third, second):
        answered(bank.door.ask(talk.event_ask(event)), 202)
    # Once what came later, in another negotiation, has been judged, a bank that judges as they come has judged these.
    must(bank.applied().send("answer.chased", CHASED)["state"] == "taken", "别的协商里的事件应当被采用")
    must(talk.fate(third)["state"] == talk.fate(second)["state"] == "waiting", "前一个还没到，后面的应当等着")
    answered(bank.door.ask(talk.event_ask(first)), 202)
    for event in (first, second, third):
        must(talk.judged(event)["state"] == "taken", "三个事件都应当被采用")


@case(EVENTS, "同一个事件来三次：同样的回答，一个结论")
def event_three_times(bank: AtBank) -> None:
    talk = bank.applied()
    ask = talk.event_ask(talk.event("answer.chased", CHASED))
    replies = {(one.status, one.body) for one in (bank.door.ask(ask) for _ in range(3))}
    must(len(replies) == 1, "三次回答不同")


@case(DISPUTES, "就异议来问，又说有了结论：都采用")
def dispute_asked_and_closed(bank: AtBank) -> None:
    talk = bank.applied()
    asked = question_of_dispute(talk.day)
    must(talk.send("dispute.asked", asked)["state"] == "taken", "异议里的问题应当被采用")
    closed = {"dispute_id": asked["dispute_id"], "outcome": "withdrawn", "text": ""}
    must(talk.send("dispute.closed", closed)["state"] == "taken", "异议的结论应当被采用")


@case(DISPUTES, "异议的种类不认识：指出字段")
def dispute_of_no_kind(bank: AtBank) -> None:
    talk = bank.applied()
    event = talk.event("dispute.asked", question_of_dispute(talk.day) | {"kind": "weather"}, 1)
    refused(bank.door.ask(talk.event_ask(event)), 422, "malformed", pointer="/data/kind")


@case(EVENTS, "协商结束：采用")
def ended(bank: AtBank) -> None:
    talk = bank.applied()
    must(talk.send("negotiation.ended", {"reason": "ended-by-holder"})["state"] == "taken", "结束应当被采用")


@case(EVENTS, "协议里的还款表哈希对不上：拒绝，并说明")
def agreement_with_another_hash(bank: AtBank) -> None:
    talk = bank.applied()
    asked = talk.application["asked"]
    drawn = {
        "agreement_id": str(uuid.uuid4()),
        "offer_id": str(uuid.uuid4()),
        "schedule_hash": "0" * 64,
        "terms": asked["terms"],
        "document": document(),
    }
    told = talk.send("agreement.drawn", drawn)
    must(told["state"] == "refused", "哈希对不上的协议不应采用")
    must((told["problem"] or {}).get("title"), "拒绝要有 problem 说明")
