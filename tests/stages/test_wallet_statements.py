"""Statement files: drafts that touch nothing, one act that puts them in, and every way they can go amiss."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection

import bargain
import build
import statements
from cast import Cast, assemble
from heyue.engine.moves import PLATFORM
from heyue.engine.refusal import NotFound, Refusal
from heyue.evidence.models import Leaf
from heyue.faces.worker import own_cards as worker
from heyue.faces.worker.own_cards import drop_statements, read_statements
from heyue.journey import erasure, perform
from heyue.journey.own_copy import data_of
from heyue.vault.files import discard
from heyue.wallet import own_cards, statement_draft
from heyue.wallet import reads as wallets
from heyue.wallet import statement_acts as acts
from heyue.wallet import statement_reads as reads
from heyue.wallet.cost import explain
from heyue.wallet.models import Activity, Card, Statement, StatementFile
from statements import DAY, found, row, statement

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def cast() -> Cast:
    bargain.day(DAY)
    return assemble()


def one(cast: Cast, card_id: Any) -> Card:
    return wallets.card(cast.lin, card_id)


def test_nothing_is_in_the_wallet_before_the_one_act_that_puts_it_in(cast: Cast) -> None:
    file_id = statements.read(cast.lin, statement())
    assert (Card.objects.count(), Statement.objects.count(), Activity.objects.count()) == (0, 0, 0)
    perform(cast.lin, acts.take, file_id=file_id, looked_at=False)
    assert (Card.objects.count(), Statement.objects.count(), Activity.objects.count()) == (1, 1, 2)


def test_a_statement_paid_before_bears_no_interest_until_its_due_day_is_over(cast: Cast) -> None:
    card = one(cast, statements.taken(cast.lin, statement(due_on=found("2026-11-25"))))
    assert (card.balance_fen, card.per_day_fen, card.days_overdue) == (1000_00, 0, 0)
    told = card.statements.get()
    assert (told.balance_fen, told.minimum_payment_fen, told.due_date.day) == (1000_00, 100_00, 25)


def test_interest_on_a_statement_is_explained_line_by_line_where_the_engine_finds_the_printed_sum(cast: Cast) -> None:
    # 4,000.00 × 15 days (from 5 October) and 3,400.00 × 16 days (from 20 October): 30.00 + 27.20, as it prints.
    told = statement(
        previous=found(4000_00),
        balance=found(3457_20),
        interest=found(57_20),
        rows=[row("2026-10-20", "还款", -600_00, "payment"), row("2026-11-05", "循环利息", 57_20, "interest")],
    )
    card = one(cast, statements.taken(cast.lin, told))
    cut = next(s for s in explain(card)["statements"] if s["date"] == "2026-11-05")
    assert [line["interest"] for line in cut["lines"]] == ["30.00", "27.20"]
    assert card.interest_fen == 57_20


def test_where_the_engine_finds_another_sum_counting_begins_at_the_statement(cast: Cast) -> None:
    told = statement(
        previous=found(4000_00),
        balance=found(4100_00),
        interest=found(70_00),
        fees=found(30_00),
        rows=[row("2026-11-05", "利息", 70_00, "interest"), row("2026-11-05", "违约金", 30_00, "late_fee")],
    )
    card = one(cast, statements.taken(cast.lin, told))
    assert (card.balance_fen, card.principal_fen, card.interest_fen, card.fee_fen) == (
        4100_00, 4000_00, 70_00, 30_00,
    )  # fmt: skip
    # A late fee says that the due day before was missed: 23 October.
    assert card.days_overdue == 32


def test_what_does_not_add_up_says_by_how_much_and_needs_a_look(cast: Cast) -> None:
    told = statement(balance=found(1012_00))
    assert statement_draft.difference_fen(told) == 12_00
    file_id = statements.read(cast.lin, told)
    with pytest.raises(Refusal, match="拿不准") as refusal:
        perform(cast.lin, acts.take, file_id=file_id, looked_at=False)
    assert refusal.value.code == "not-looked-at"
    perform(cast.lin, acts.correct, file_id=file_id, position=0, values={"balance": 1000_00})
    perform(cast.lin, acts.take, file_id=file_id, looked_at=False)
    assert wallets.cards(cast.lin).get().balance_fen == 1000_00


@pytest.mark.parametrize(
    "told",
    [
        statement(due_on=found("2026-11-23", 60)),
        statement(medium="photo", previous=found(None)),
        statement(rows=[row("2026-10-08", "城南超市", 800_00, "purchase", 50)]),
        statement(checks=[{"name": "formula", "printed": 1, "reckoned": 2}]),
    ],
    ids=["a guessed day", "a picture without proof", "a guessed line", "a printed sum that differs"],
)
def test_nothing_doubtful_is_taken_as_certain(told: dict[str, Any]) -> None:
    assert statement_draft.needs_a_look(told)


def test_what_is_missing_is_asked_for(cast: Cast) -> None:
    file_id = statements.read(cast.lin, statement(due_on=found(None)))
    with pytest.raises(Refusal) as refusal:
        perform(cast.lin, acts.take, file_id=file_id, looked_at=True)
    assert refusal.value.code == "statement-incomplete"
    assert not Card.objects.exists()


def test_one_bad_statement_of_a_file_keeps_all_of_it_out(cast: Cast) -> None:
    other = statement(statement_on=found("2026-12-05"), due_on=found("2026-12-23"))  # after today
    file_id = statements.read(cast.lin, statement(), other)
    with pytest.raises(Refusal) as refusal:
        perform(cast.lin, acts.take, file_id=file_id, looked_at=True)
    assert refusal.value.code == "not-yet"
    assert (Card.objects.count(), Statement.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("statement_on", "due_on", "code"),
    [("2026-11-05", "2026-11-04", "dates-amiss"), ("2026-10-05", "2027-01-23", "dates-amiss"),
     ("2019-01-05", "2019-01-23", "too-old")],
)  # fmt: skip
def test_days_that_no_statement_has_are_refused(cast: Cast, statement_on: str, due_on: str, code: str) -> None:
    told = statement(statement_on=found(statement_on), due_on=found(due_on))
    with pytest.raises(Refusal) as refusal:
        statements.taken(cast.lin, told)
    assert refusal.value.code == code


def test_the_same_bytes_twice_are_recognised_and_thrown_away_ones_are_not(cast: Cast) -> None:
    first = statements.sent(cast.lin)
    with pytest.raises(Refusal) as refusal:
        statements.sent(cast.lin)
    assert refusal.value.code == "statement-there"
    perform(cast.lin, acts.throw_away, file_id=first)
    assert statements.sent(cast.lin) != first
    statements.sent(cast.zhao)


def test_the_same_statement_by_mail_and_by_pdf_stands_once(cast: Cast) -> None:
    card_id = statements.taken(cast.lin, statement(), content=b"as pdf")
    again = statements.read(cast.lin, statement(medium="mail"), content=b"as mail")
    draft = reads.draft(cast.lin, reads.file(cast.lin, again).row)["statements"][0]
    assert reads.standing(cast.lin, draft).is_there
    assert perform(cast.lin, acts.take, file_id=again, looked_at=True) == card_id
    card = one(cast, card_id)
    assert (card.statements.count(), card.activity.count(), card.balance_fen) == (1, 2, 1000_00)


def test_an_older_statement_adds_history_and_leaves_todays_debt(cast: Cast) -> None:
    card_id = statements.taken(cast.lin, statement(), content=b"november")
    before = one(cast, card_id).balance_fen
    older = statement(
        statement_on=found("2026-10-05"), due_on=found("2026-10-23"), balance=found(200_00), previous=found(0),
        rows=[row("2026-09-20", "车票", 200_00, "purchase")],
    )  # fmt: skip
    statements.taken(cast.lin, older, content=b"october")
    card = one(cast, card_id)
    assert (card.balance_fen, card.statements.count(), card.stated_on) == (before, 2, DAY.replace(day=5))


def test_a_statement_takes_the_place_of_what_was_typed_before_it(cast: Cast) -> None:
    stated = own_cards.Stated("cmb", "2468", "卡", DAY.replace(day=1), 700_00, 0, 0, 5, 23)
    card_id = perform(cast.lin, own_cards.add_card, stated=stated)
    perform(cast.lin, own_cards.post, card_id=card_id, on=DAY.replace(day=2), kind="payment", amount_fen=100_00)
    assert statements.taken(cast.lin, statement()) == card_id
    card = one(cast, card_id)
    assert (card.source, card.principal_fen) == (Card.Source.STATEMENT, 1000_00)
    assert not card.activity.filter(statement_on__isnull=True).exists()


def test_a_line_can_be_mended_and_taken_out(cast: Cast) -> None:
    file_id = statements.read(cast.lin, statement())
    perform(cast.lin, acts.correct_row, file_id=file_id, position=0, line=0, values={"fen": 900_00})
    perform(cast.lin, acts.correct_row, file_id=file_id, position=0, line=1, values=None)
    told = reads.draft(cast.lin, reads.file(cast.lin, file_id).row)["statements"][0]
    assert [line["fen"]["value"] for line in told["rows"]] == [900_00]
    assert told["rows"][0]["fen"]["corrected"]
    assert statement_draft.difference_fen(told) == -100_00


def test_a_row_of_the_opposite_sign_is_the_opposite_thing(cast: Cast) -> None:
    rows = [row("2026-10-08", "撤销", -50_00, "purchase"), row("2026-10-09", "还款退回", 60_00, "payment")]
    card = one(cast, statements.taken(cast.lin, statement(rows=rows, previous=found(990_00))))
    assert list(card.activity.order_by("date").values_list("kind", "amount_fen")) == [
        ("refund", 50_00),
        ("purchase", 60_00),
    ]


def test_what_was_read_lies_sealed_and_so_does_the_file(cast: Cast) -> None:
    file_id = statements.read(cast.lin, statement(), content="城南超市 一千元".encode())
    stored = StatementFile.objects.get(pk=file_id)
    with default_storage.open(stored.file) as handle:
        assert "城南超市".encode() not in handle.read()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_name, sealed_reading, mark FROM wallet_statementfile")
        kept = cursor.fetchone()
    assert not any("城南超市".encode() in bytes(str(part), "utf-8") for part in kept)
    assert all(clear not in bytes(part) for part in kept[:2] for clear in ("城南".encode(), "账单".encode()))


def test_a_draft_is_dropped_when_thrown_away_and_when_its_days_are_over(cast: Cast) -> None:
    thrown, kept = statements.read(cast.lin, statement(), content=b"a"), statements.read(cast.lin, content=b"b")
    name = perform(cast.lin, acts.throw_away, file_id=thrown)
    discard(name)
    assert not default_storage.exists(name)
    assert StatementFile.objects.get(pk=thrown).sealed_reading is None
    late = StatementFile.objects.get(pk=kept)
    bargain.day(late.keep_until + timedelta(days=1))
    assert drop_statements() == 1
    assert not default_storage.exists(late.file)
    assert drop_statements() == 0
    assert reads.drafts(cast.lin) == []


def test_in_the_wallet_the_statement_outlives_its_file(cast: Cast) -> None:
    card_id = statements.taken(cast.lin, statement())
    stored = StatementFile.objects.get()
    bargain.day(stored.keep_until + timedelta(days=1))
    drop_statements()
    assert not default_storage.exists(stored.file)
    assert one(cast, card_id).statements.count() == 1


def test_a_stranger_reaches_neither_file_nor_draft(cast: Cast) -> None:
    file_id = statements.read(cast.lin, statement())
    verbs: tuple[tuple[Any, dict[str, Any]], ...] = (
        (acts.correct, {"position": 0, "values": {}}),
        (acts.correct_row, {"position": 0, "line": 0, "values": None}),
        (acts.take, {"looked_at": True}),
        (acts.throw_away, {}),
        (acts.unlock, {"stored": acts.StoredFile("a", "b", "c", 1)}),
        (acts.say_columns, {"draft": {}, "mapping": {}, "fingerprint": ""}),
    )
    for verb, values in verbs:
        with pytest.raises(NotFound):
            perform(cast.zhao, verb, file_id=file_id, **values)
    with pytest.raises(NotFound):
        reads.file(cast.zhao, file_id)
    with pytest.raises(NotFound):
        reads.draft(cast.zhao, StatementFile.objects.get(pk=file_id))


def test_each_step_leaves_its_leaf_without_a_word_of_the_statement(cast: Cast) -> None:
    file_id = statements.read(cast.lin, statement())
    perform(cast.lin, acts.take, file_id=file_id, looked_at=True)
    kinds = Leaf.objects.filter(borrower_id=cast.lin.person_id).order_by("id").values_list("kind", flat=True)
    assert list(kinds)[-4:] == [
        "statement-file.begun", "statement-file.read", "card.statement-taken", "statement-file.taken",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "where"),
    [("needs-password", "is_locked"), ("damaged", "is_unreadable"), ("wallet", "is_unreadable")],
)
def test_what_carries_no_statement_asks_or_says_why(cast: Cast, outcome: str, where: str) -> None:
    file_id = statements.sent(cast.lin)
    perform(PLATFORM, acts.record_reading, file_id=file_id, draft=statements.draft(outcome=outcome))
    assert getattr(reads.file(cast.lin, file_id), where)


def test_a_statement_of_a_bound_card_is_kept_for_comparison_only(cast: Cast) -> None:
    build.cards(cast.lin, cast.bank_a, build.card_told(last4="6612"))
    told = statement(issuer=found(cast.bank_a.slug), last4=found("6612"))
    assert reads.standing(cast.lin, told).by_feed
    statements.taken(cast.lin, told)
    (shown,) = wallets.cards(cast.lin)
    assert not shown.is_own


def test_the_worker_reads_a_file_that_was_sent_in(cast: Cast) -> None:
    file_id = statements.sent(cast.lin, statements.SHEET, "对账.csv")
    assert read_statements() == 1
    sent = reads.file(cast.lin, file_id)
    assert sent.is_unmapped
    assert reads.draft(cast.lin, sent.row)["tables"][0]["header"] == ["日子", "做了什么", "多少"]
    assert read_statements() == 0


def test_many_files_of_one_let_anothers_only_one_come_first(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = [statements.sent(cast.lin, content) for content in (b"one", b"two", b"three")]
    others = statements.sent(cast.zhao, b"only one")
    order: list[Any] = []

    def read(row: StatementFile) -> None:
        order.append(row.pk)
        perform(PLATFORM, acts.record_reading, file_id=row.pk, draft=statements.draft(statement()))

    monkeypatch.setattr(worker, "_read", read)
    while read_statements():
        pass
    assert order == [mine[0], others, mine[1], mine[2]]


def test_erasure_takes_what_was_brought_and_a_copy_tells_it_before(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    statements.taken(cast.lin, statement(), content=b"one")
    draft_id = statements.read(cast.lin, statement(last4=found("1357")), content=b"two")
    stored = [row.file for row in StatementFile.objects.all()]
    copied = data_of(cast.lin)
    assert [card["last4"] for card in copied["own_cards"]] == ["2468"]
    assert len(copied["statement_files"]) == 2
    with django_capture_on_commit_callbacks(execute=True):
        perform(cast.operator, erasure.carry_out, request_id=perform(cast.lin, erasure.ask))
    assert not Card.objects.exists()
    assert not StatementFile.objects.filter(pk=draft_id).exists()
    assert not any(default_storage.exists(name) for name in stored)
