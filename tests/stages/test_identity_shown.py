"""How sums, days, deadlines and the stack under the line are shown."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from heyue import clock
from heyue.faces import months_chart, shown
from heyue.faces.months_chart import Layer, MonthsChart

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today() -> date:
    with transaction.atomic():
        return clock.advance_to(date(2026, 11, 24))


def test_sums_have_thousands_and_two_places() -> None:
    assert shown.money(9716875) == '<span class="money"><i>¥</i>97,168<i>.75</i></span>'
    assert shown.yuan_text(181230) == "¥1,812.30"
    assert shown.yuan_text(5) == "¥0.05"
    assert shown.yuan_text(-123456) == "−¥1,234.56"


def test_days_have_their_weekday_and_another_year_is_named() -> None:
    assert shown.day(date(2026, 11, 24)) == '<time datetime="2026-11-24">11月24日 (周二)</time>'
    assert "2027年1月5日 (周二)" in shown.day(date(2027, 1, 5))
    assert shown.day(None) == ""


def test_instants_are_shown_in_shanghai() -> None:
    late = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)
    assert "11月24日 (周二) 00:05" in shown.minute(late)
    assert "今天 00:05" in shown.moment(late)
    assert "11月23日" in shown.moment(datetime(2026, 11, 23, 15, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("on", "tone", "words"),
    [
        (date(2026, 11, 30), "due-soon", "还剩4个工作日"),
        (date(2026, 12, 31), "due ", "还剩27个工作日"),
        (date(2026, 11, 24), "due-now", "今天到期"),
        (date(2026, 11, 23), "due-now", "超了1个工作日"),
    ],
)
def test_a_deadline_has_its_colour_its_working_days_and_its_date(on: date, tone: str, words: str) -> None:
    said = shown.due(on)
    assert tone in said
    assert words in said
    assert on.isoformat() in said


def test_a_deadline_over_a_weekend_is_told_in_days() -> None:
    with transaction.atomic():
        clock.advance_to(date(2026, 11, 27))
    assert "还剩1天" in shown.due(date(2026, 11, 28))
    with transaction.atomic():
        clock.advance_to(date(2026, 11, 29))
    assert "过了1天" in shown.due(date(2026, 11, 28))


def test_an_icon_is_drawn_within_the_page_and_a_wrong_name_is_noticed() -> None:
    assert shown.icon("wallet").startswith('<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><path')
    with pytest.raises(KeyError):
        shown.icon("no-such-icon")


def chart(*months: int, paid: int | None = None) -> MonthsChart:
    return MonthsChart((Layer("东湖", 1, tuple(months), paid),), 215_000, "东湖每月多少")


def test_the_line_stands_at_three_quarters_of_the_height() -> None:
    drawn = months_chart.draw(chart(*[69_249] * 60))
    assert 'viewBox="0 0 60 2866"' in drawn
    assert 'y1="716" y2="716"' in drawn


def test_equal_months_are_one_rectangle_and_stand_on_the_ground() -> None:
    drawn = months_chart.draw(chart(*[69_249] * 60))
    assert drawn.count("<rect") == 1
    assert '<rect class="k1" x="0" y="2174" width="60" height="670"/>' in drawn


def test_what_is_above_the_line_is_ink() -> None:
    drawn = months_chart.draw(chart(*[257_682] * 24, *[116_219] * 24))
    assert '<rect class="over" x="0" y="289" width="24" height="427"/>' in drawn
    assert drawn.count("over") == 1


def test_paid_months_are_full_and_those_to_come_are_pale() -> None:
    drawn = months_chart.draw(chart(*[69_249] * 12, paid=3))
    assert '<rect class="k1" x="0"' in drawn
    assert '<rect class="k1 pale" x="3"' in drawn


def test_banks_stand_on_each_other_and_one_that_ends_sooner_leaves_its_place() -> None:
    two = MonthsChart((Layer("东湖", 1, (50_000,) * 2), Layer("北川", 3, (30_000,) * 1)), 100_000, "两家")
    drawn = months_chart.draw(two)
    assert '<rect class="k1" x="0" y="833" width="2"' in drawn
    assert '<rect class="k3" x="0" y="533" width="1"' in drawn


def test_the_table_has_a_row_for_each_run_and_the_sum_of_all_banks() -> None:
    two = MonthsChart((Layer("东湖", 1, (50_000,) * 3), Layer("北川", 3, (30_000, 30_000))), 100_000, "两家")
    table = months_chart.table(two)
    assert "第1–2个月" in table
    assert "第3个月" in table
    assert "¥800.00" in table
    assert table.count("<tr>") == 3


def test_the_label_is_said_and_cannot_break_out() -> None:
    drawn = months_chart.draw(MonthsChart((Layer("东湖", 1, (1,)),), 100, '"><script>'))
    assert "&quot;&gt;&lt;script&gt;" in drawn


def test_a_chart_without_anything_affordable_or_without_months_is_still_drawn() -> None:
    assert "<svg" in months_chart.draw(MonthsChart((), 0, "没有"))
    assert "over" in months_chart.draw(MonthsChart((Layer("东湖", 1, (50_000,)),), 0, "付不出"))
