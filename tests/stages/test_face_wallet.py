"""The wallet's pages: own cards, what a debt comes to, statement files from upload to the wallet."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import bargain
import build
import statement_samples
import statements
from cast import Cast, assemble
from heyue.engine.moves import PLATFORM
from heyue.faces.worker.own_cards import count_cards_on, read_statements
from heyue.identity.models import Person
from heyue.journey import perform
from heyue.wallet import own_cards
from heyue.wallet import reads as wallets
from heyue.wallet import statement_acts as acts
from heyue.wallet import statement_reads as reads
from heyue.wallet.models import Card, StatementFile
from heyue.wallet.own_cards import Stated
from on_phone import as_person, page
from statements import DAY, found, statement

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]

TYPED = {
    "bank": "cmb",
    "last4": "2468",
    "balance": "１２，３４５.67 元",
    "interest": "300",
    "stated_on": "2026-11-24",
    "statement_day": "5",
    "due_day": "23",
    "overdue_since": "2026-10-23",
    "rate": "5",
}


@pytest.fixture
def cast() -> Cast:
    bargain.day(DAY)
    return assemble()


@pytest.fixture
def lin(cast: Cast) -> Client:
    return as_person(cast.lin_person)


def zhao(cast: Cast) -> Client:
    return as_person(Person.objects.get(pk=cast.zhao.person_id))


def by_hand(cast: Cast, last4: str = "2468", bank: str = "cmb") -> Any:
    return perform(
        cast.lin, own_cards.add_card, stated=Stated(bank, last4, "标准卡", DAY, 10_000_00, 300_00, 100_00, 5, 23)
    )


def text(client: Client, address: str) -> str:
    return unescape(page(client, address))


def queries(client: Client, address: str) -> int:
    page(client, address)  # the sessions and caches of a first visit
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page(client, address)
    return len(asked)


# ── cards by hand ──────────────────────────────────────────────────────────────────────────────────────


def test_a_card_is_added_by_hand_with_sums_as_people_type_them(cast: Cast, lin: Client) -> None:
    answer = lin.post("/cards/add/by-hand", TYPED)
    card = wallets.cards(cast.lin).get()
    assert answer.headers["Location"] == f"/cards/{card.pk}"
    assert (card.balance_fen, card.interest_fen, card.days_overdue) == (12_345_67, 300_00, 32)
    shown = text(lin, f"/cards/{card.pk}")
    assert "照你填的" in shown
    assert "招商银行" in text(lin, "/")


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(cast: Cast, lin: Client) -> None:
    typed = TYPED | {"last4": "6222021234567890", "balance": "很多", "statement_day": "32", "interest": "7"}
    answer = lin.post("/cards/add/by-hand", typed)
    assert answer.status_code == 200
    shown = unescape(answer.content.decode())
    for said in ("只填卡号最后4位数字", "金额写成 1200", "填几号，1 到 31"):
        assert said in shown
    assert all(f'value="{value}"' in shown for value in ("很多", "32", "7"))
    assert not Card.objects.exists()


def test_a_card_is_changed_paid_and_removed(cast: Cast, lin: Client) -> None:
    card_id = by_hand(cast)
    assert 'value="10000.00"' in text(lin, f"/cards/{card_id}/change")
    lin.post(f"/cards/{card_id}/change", TYPED | {"balance": "8000"})
    assert wallets.card(cast.lin, card_id).balance_fen == 8_000_00
    lin.post(f"/cards/{card_id}/posting", {"kind": "payment", "on": "2026-11-24", "amount": "500"})
    assert wallets.card(cast.lin, card_id).balance_fen == 7_500_00
    posting = wallets.card(cast.lin, card_id).activity.get()
    lin.post(f"/cards/{card_id}/posting/{posting.pk}/remove")
    assert wallets.card(cast.lin, card_id).balance_fen == 8_000_00
    assert "找不回来" in text(lin, f"/cards/{card_id}/remove")
    lin.post(f"/cards/{card_id}/remove")
    assert not wallets.cards(cast.lin).exists()


def test_a_payment_of_a_day_to_come_is_refused_at_the_day(cast: Cast, lin: Client) -> None:
    card_id = by_hand(cast)
    answer = lin.post(f"/cards/{card_id}/posting", {"kind": "payment", "on": "2026-11-25", "amount": "500"})
    assert "这一天还没到" in unescape(answer.content.decode())


def test_an_old_statement_says_that_newer_ones_are_missing(cast: Cast, lin: Client) -> None:
    card_id = statements.taken(cast.lin, statement())
    assert "最低还款" not in text(lin, f"/cards/{card_id}")  # its due day was yesterday
    assert "后面几期的账单还没有" not in text(lin, f"/cards/{card_id}")
    bargain.day(DAY.replace(month=12))
    count_cards_on()
    assert "后面几期的账单还没有" in text(lin, f"/cards/{card_id}")


def test_the_banks_word_is_shown_above_ones_own(cast: Cast, lin: Client) -> None:
    by_hand(cast, "6612", cast.bank_a.slug)
    (card,) = build.cards(cast.lin, cast.bank_a, build.card_told(last4="6612"))
    assert "以银行的数为准" in text(lin, f"/cards/{card.pk}")
    assert text(lin, "/").count("6612") == 1


# ── a statement of a card, and what the debt comes to ──────────────────────────────────────────────────


def test_each_statement_opens_with_its_lines(cast: Cast, lin: Client) -> None:
    card_id = statements.taken(cast.lin, statement())
    assert f"/cards/{card_id}/bills/2026-11-05" in text(lin, f"/cards/{card_id}")
    shown = text(lin, f"/cards/{card_id}/bills/2026-11-05")
    assert "城南超市" in shown
    assert "−¥200.00" in shown
    assert lin.get(f"/cards/{card_id}/bills/2026-10-05").status_code == 404
    assert lin.get(f"/cards/{card_id}/bills/nonsense").status_code == 404


def test_the_calculator_answers_a_plain_form_with_a_chart_and_tables(cast: Cast, lin: Client) -> None:
    card_id = by_hand(cast)
    shown = text(lin, f"/cards/{card_id}/cost?pay=500&periods=24")
    assert 'type="range"' in shown
    assert shown.count("<polyline") == 3
    assert "24个月还清" in shown
    # 10,000.00 in 24 parts without interest: 416.67.
    assert "¥416.67" in shown
    assert "分期是按不收利息估的" in shown


def test_with_script_only_the_worked_part_comes_back(cast: Cast, lin: Client) -> None:
    card_id = by_hand(cast)
    answer = lin.get(f"/cards/{card_id}/cost?pay=500&periods=24", headers={"HX-Request": "true"})
    shown = answer.content.decode()
    assert "<html" not in shown
    assert 'id="said-pay" for="s-pay" hx-swap-oob="true">¥500<' in shown


@pytest.mark.parametrize("typed", ["pay=-5&periods=0", "pay=9999999999&periods=999", "pay=abc&periods=", "pay=１"])
def test_whatever_stands_in_the_address_the_sliders_stay_on_their_way(cast: Cast, lin: Client, typed: str) -> None:
    shown = text(lin, f"/cards/{by_hand(cast)}/cost?{typed}")
    least, most, value = (
        int(re.search(rf'id="s-pay"[^>]*{name}="(\d+)"', shown)[1]) for name in ("min", "max", "value")
    )  # type: ignore[index]
    assert least <= value <= most


def test_all_debts_together_are_shown_when_nothing_changes_and_as_negotiated(cast: Cast, lin: Client) -> None:
    by_hand(cast)
    build.cards(cast.lin, cast.bank_a, build.card_told())
    shown = text(lin, "/debt")
    assert all(words in shown for words in ("什么都不还", "只还最低", "谈成分期"))
    assert 'id="s-pay"' not in shown


def test_what_is_agreed_is_reckoned_as_agreed_and_the_rest_as_before() -> None:
    deal = bargain.running(bargain.received(bargain.submitted(periods=12)))
    client = as_person(deal.cast.lin_person)
    card = wallets.cards(deal.cast.lin)[0]
    # a bank that has signed tells no interest terms any more
    Card.objects.filter(bank=deal.cast.bank_a).update(terms={})
    bargain.day(DAY)
    by_hand(deal.cast)
    shown = text(client, "/debt")
    assert all(words in shown for words in ("什么都不还", "只还最低", "谈成分期", "已经签了协议，照协议算"))
    for own in wallets.cards(deal.cast.lin):
        if own.is_own:
            own.delete()
    Card.objects.exclude(bank=deal.cast.bank_a).delete()
    shown = text(client, "/debt")
    assert "照协议还：12个月还清" in shown
    assert "去协商" not in shown
    assert "照协议还，不再按天计息" in text(client, f"/cards/{card.pk}/cost")


def test_without_a_debt_there_is_nothing_to_reckon(cast: Cast, lin: Client) -> None:
    assert lin.get("/debt").headers["Location"] == "/"
    build.cards(cast.lin, cast.bank_a, build.card_told(events=[]))
    card = wallets.cards(cast.lin).get()
    assert "没有欠款，不用算" in text(lin, f"/cards/{card.pk}/cost")


# ── statement files ────────────────────────────────────────────────────────────────────────────────────


def upload(client: Client, *files: tuple[str, bytes]) -> Any:
    return client.post("/import", {"file": [SimpleUploadedFile(name, content) for name, content in files]})


def test_several_files_are_sent_at_once_and_each_is_judged_alone(cast: Cast, lin: Client) -> None:
    answer = upload(lin, ("一.pdf", b"one"), ("二.pdf", b""), ("三.pdf", b"one"))
    shown = unescape(answer.content.decode())
    assert "二.pdf：这个文件是空的" in shown
    assert "三.pdf：这个文件刚才传过了" in shown
    assert [draft.name for draft in reads.drafts(cast.lin)] == ["一.pdf"]
    assert "1份账单等你核对" in text(lin, "/")
    assert "先选账单文件" in unescape(lin.post("/import", {}).content.decode())


def test_the_list_refreshes_while_a_file_is_read_and_then_stands_still(cast: Cast, lin: Client) -> None:
    file_id = statements.sent(cast.lin)
    assert "hx-get" in page(lin, "/import/list")
    assert "正在读" in text(lin, f"/import/{file_id}")
    perform(PLATFORM, acts.record_reading, file_id=file_id, draft=statements.draft(statement()))
    assert "hx-get" not in page(lin, "/import/list")
    assert lin.get(f"/import/{file_id}/progress").headers["HX-Redirect"] == f"/import/{file_id}"


def test_every_field_stands_with_its_certainty_and_its_words(cast: Cast, lin: Client) -> None:
    told = statement(
        due_on=found("2026-11-23", 60, "到期还款日 11/23"),
        balance=found(1012_00, 95, "本期应还 ¥1,012.00"),
        minimum=found(None),
    )
    file_id = statements.read(cast.lin, told)
    shown = text(lin, f"/import/{file_id}")
    for said in (
        "拿不准，对一下",
        "看清了",
        "账单上没有",
        "原文：到期还款日 11/23",
        "原文：本期应还 ¥1,012.00",
        "差 ¥12.00",
    ):
        assert said in shown
    assert "上期 ¥200.00 加明细 ¥800.00 是 ¥1,000.00，账单印的本期应还是 ¥1,012.00" in shown


def test_what_was_only_seen_on_a_picture_says_so(cast: Cast, lin: Client) -> None:
    file_id = statements.read(cast.lin, statement(medium="photo", balance=found(1000_00, 80), previous=found(None)))
    shown = text(lin, f"/import/{file_id}")
    assert "照片上读的，对一下" in shown
    assert "看清了" not in shown


def fields(**changes: str) -> dict[str, str]:
    typed = {
        "issuer": "cmb", "last4": "2468", "statement_on": "2026-11-05", "due_on": "2026-11-23", "balance": "1000",
        "minimum": "100", "previous": "200", "interest": "0", "fees": "0",
    }  # fmt: skip
    return {f"s0-{name}": value for name, value in (typed | changes).items()}


def test_a_wrong_figure_is_mended_in_place_and_the_statement_taken(cast: Cast, lin: Client) -> None:
    file_id = statements.read(cast.lin, statement(balance=found(1012_00)))
    answer = lin.post(f"/import/{file_id}", fields() | {"do": "take"})
    card = wallets.cards(cast.lin).get()
    assert answer.headers["Location"] == f"/cards/{card.pk}"
    assert card.balance_fen == 1000_00
    assert lin.get(f"/import/{file_id}").headers["Location"] == f"/cards/{card.pk}"


def test_what_is_doubtful_asks_for_a_tick_and_what_is_missing_is_named(cast: Cast, lin: Client) -> None:
    file_id = statements.read(cast.lin, statement())
    answer = lin.post(f"/import/{file_id}", fields(balance="1500") | {"do": "take"})
    assert "对过以后打个勾" in unescape(answer.content.decode())
    answer = lin.post(f"/import/{file_id}", fields(balance="") | {"do": "take", "looked_at": "1"})
    assert "补上这一项" in unescape(answer.content.decode())
    assert not Card.objects.exists()
    answer = lin.post(f"/import/{file_id}", fields(balance="一千") | {"do": "take"})
    shown = unescape(answer.content.decode())
    assert "金额写成 1200" in shown
    assert 'value="一千"' in shown
    lin.post(f"/import/{file_id}", fields(balance="1500") | {"do": "take", "looked_at": "1"})
    assert wallets.cards(cast.lin).get().balance_fen == 1500_00


def test_a_line_is_mended_on_a_page_of_its_own(cast: Cast, lin: Client) -> None:
    file_id = statements.read(cast.lin, statement())
    assert "2026-10-08 城南超市" in text(lin, f"/import/{file_id}/lines/0/0")
    lin.post(f"/import/{file_id}/lines/0/0", {"on": "2026-10-09", "text": "菜场", "kind": "fee", "fen": "90"})
    told = reads.draft(cast.lin, StatementFile.objects.get()).get("statements")[0]["rows"][0]
    assert [told[name]["value"] for name in ("on", "text", "kind", "fen")] == ["2026-10-09", "菜场", "fee", 90_00]
    lin.post(f"/import/{file_id}/lines/0/0", {"do": "remove"})
    assert "明细 1 笔" in text(lin, f"/import/{file_id}")
    assert lin.get(f"/import/{file_id}/lines/0/7").status_code == 404


def locked_pdf(password: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(out, encryption=pikepdf.Encryption(user=password, owner="owner"))
    return out.getvalue()


def test_a_locked_file_asks_its_password_and_keeps_it_nowhere(cast: Cast, lin: Client) -> None:
    upload(lin, ("账单.pdf", locked_pdf("199003")))
    row = StatementFile.objects.get()
    read_statements()
    assert lin.get(f"/import/{row.pk}").headers["Location"] == f"/import/{row.pk}/password"
    wrong = lin.post(f"/import/{row.pk}/password", {"password": "000000"})
    assert "密码不对" in unescape(wrong.content.decode())
    lin.post(f"/import/{row.pk}/password", {"password": "199003"})
    sent = reads.file(cast.lin, row.pk)
    assert sent.is_waiting
    assert sent.row.file != row.file
    assert not pikepdf.open(io.BytesIO(reads.content(sent.row))).is_encrypted
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM wallet_statementfile")
        assert not any("199003" in str(part) for part in cursor.fetchone())


def test_an_unknown_table_is_mapped_previewed_and_remembered(cast: Cast, lin: Client) -> None:
    upload(lin, ("对账.csv", statements.SHEET))
    read_statements()
    (draft,) = reads.drafts(cast.lin)
    address = f"/import/{draft.row.pk}/columns"
    assert "做了什么" in text(lin, address)
    said = {"table": "0", "c0": "post_date", "c1": "description", "c2": "amount", "issuer": "cmb", "sign": "printed"}
    too_little = lin.post(address, {"table": "0", "do": "save"})
    assert "至少要说明三样" in unescape(too_little.content.decode())
    preview = unescape(lin.post(address, said | {"do": "preview"}).content.decode())
    assert "会读成这样" in preview
    assert "−¥200.00" in preview
    turned = unescape(lin.post(address, said | {"sign": "flipped", "do": "preview"}).content.decode())
    assert "−¥120.50" in turned
    lin.post(address, said | {"do": "save"})
    assert reads.file(cast.lin, draft.row.pk).is_read
    # The next file of the same shape is read at once; another borrower's is not.
    other = statements.SHEET.replace(b"120.50", b"99.00")
    upload(lin, ("下个月.csv", other))
    upload(zhao(cast), ("我的.csv", other))
    assert (read_statements(), read_statements()) == (1, 1)
    assert all(one.is_read for one in reads.drafts(cast.lin))
    assert reads.drafts(cast.zhao)[0].is_unmapped


def test_a_banks_mail_goes_all_the_way_into_the_wallet(cast: Cast, lin: Client) -> None:
    upload(lin, ("兴业.eml", statement_samples.cib_mail()))
    read_statements()
    (draft,) = reads.drafts(cast.lin)
    shown = text(lin, f"/import/{draft.row.pk}")
    assert "上期加明细，正好是本期应还" in shown
    assert "和账单对得上" in shown
    values = dict(re.findall(r'name="(s0-[a-z0-9_]+)"[^>]*? value="([^"]*)"', shown)) | {"s0-issuer": "cib"}
    answer = lin.post(f"/import/{draft.row.pk}", values | {"do": "take"})
    card = wallets.cards(cast.lin).get()
    assert answer.headers["Location"] == f"/cards/{card.pk}"
    assert (card.bank.name, card.statements.get().balance_fen) == ("兴业银行", 727_95)
    assert card.days_overdue == (DAY - card.overdue_since).days > 0


def test_a_file_that_cannot_be_read_says_why_and_can_be_thrown_away(cast: Cast, lin: Client) -> None:
    file_id = statements.sent(cast.lin)
    perform(PLATFORM, acts.record_reading, file_id=file_id, draft=statements.draft(outcome="look-alike-sender"))
    assert "小心诈骗" in text(lin, f"/import/{file_id}")
    lin.post(f"/import/{file_id}/throw-away")
    assert lin.get(f"/import/{file_id}").status_code == 404
    assert reads.drafts(cast.lin) == []


def test_a_stranger_finds_none_of_these_pages(cast: Cast) -> None:
    card_id, file_id = by_hand(cast), statements.read(cast.lin, statement())
    stranger = zhao(cast)
    for address in (
        f"/cards/{card_id}/cost", f"/cards/{card_id}/change", f"/cards/{card_id}/remove", f"/cards/{card_id}/posting",
        f"/cards/{card_id}/bills/2026-11-05", f"/import/{file_id}", f"/import/{file_id}/progress",
        f"/import/{file_id}/password", f"/import/{file_id}/columns", f"/import/{file_id}/lines/0/0",
    ):  # fmt: skip
        assert stranger.get(address).status_code == 404, address
    for address in (f"/cards/{card_id}/posting/1/remove", f"/import/{file_id}/throw-away"):
        assert stranger.post(address).status_code == 404, address
    assert "账单.pdf" not in text(stranger, "/import")


def test_pages_ask_the_database_as_often_however_many_cards_and_files_there_are(cast: Cast, lin: Client) -> None:
    card_id = statements.taken(cast.lin, statement(), content=b"first")
    statements.read(cast.lin, statement(), content=b"draft 0")
    addresses = ("/", "/debt", "/import", f"/cards/{card_id}", f"/cards/{card_id}/cost", "/cards/add/by-hand")
    before = [queries(lin, address) for address in addresses]
    for number in range(4):
        by_hand(cast, f"100{number}", ("cmb", "icbc", "abc", "boc")[number])
        statements.read(cast.lin, statement(), content=f"draft {number + 1}".encode())
    assert [queries(lin, address) for address in addresses] == before
