"""Identity and phone numbers as people type them, and what others see of them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heyue.engine.refusal import Refusal
from heyue.identity import id_number, phone_number
from heyue.identity.actions import parse_name
from heyue.vault import mask_id_number, mask_name, mask_phone

TODAY = date(2026, 11, 24)


def number(birth: str, order: str = "761", place: str = "110101") -> str:
    """A number with a right check digit."""
    first = place + birth + order
    return first + id_number.check_digit(first)


def refusal_of(text: str) -> str:
    with pytest.raises(Refusal) as refused:
        id_number.parse(text, TODAY)
    assert refused.value.field == "id_number"
    return refused.value.code


def test_the_example_of_the_standard_checks() -> None:
    # GB 11643-1999, annex: 11010519491231002X and 440524188001010014 (the latter was born before 1900).
    assert id_number.parse("11010519491231002X", TODAY).born_on == date(1949, 12, 31)
    assert id_number.check_digit("44052418800101001") == "4"


@pytest.mark.parametrize(
    "typed", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_it_is_read_as_people_type_it(typed: str) -> None:
    assert id_number.parse(typed, TODAY).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "id-number-shape"),
        ("110105491231002", "id-number-shape"),
        ("11010519491231002Y", "id-number-shape"),
        ("990105194912310027", "id-number-shape"),
        ("110105194912310021", "id-number-check"),
        (number("20010229"), "id-number-date"),
        (number("20271301"), "id-number-date"),
        (number("20270101"), "id-number-date"),
        (number("18800101"), "id-number-date"),
        (number("20081125"), "not-adult"),
    ],
)
def test_what_is_wrong_with_it_is_named(typed: str, code: str) -> None:
    assert refusal_of(typed) == code


def test_one_is_adult_on_the_eighteenth_birthday() -> None:
    assert id_number.parse(number("20081124"), TODAY).age_on(TODAY) == 18


def test_who_is_born_on_the_leap_day_comes_of_age_on_the_first_of_march() -> None:
    born = id_number.parse(number("20080229"), TODAY)
    assert (born.age_on(date(2026, 2, 28)), born.age_on(date(2026, 3, 1))) == (17, 18)


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(place: int, by: int) -> None:
    right = number("19900307")
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    with pytest.raises(Refusal):
        id_number.parse(wrong, TODAY)


@given(st.integers(0, 15))
def test_two_digits_swapped_never_pass(place: int) -> None:
    right = number("19900307")
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    if swapped != right:
        with pytest.raises(Refusal):
            id_number.parse(swapped, TODAY)


@pytest.mark.parametrize(
    "typed",
    ["13800005678", "138 0000 5678", "138-0000-5678", "+86 13800005678", "8613800005678", "0086 138 0000 5678",
     "１３８００００５６７８", "\u202d13800005678\u202c"],
)  # fmt: skip
def test_a_phone_is_read_as_people_type_and_paste_it(typed: str) -> None:
    assert phone_number.parse(typed) == "13800005678"


@pytest.mark.parametrize(
    "typed", ["", "1380000567", "138000056789", "12800005678", "abc", "010-88886666", "+1 3800005678"]
)
def test_what_is_no_mobile_number_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        phone_number.parse(typed)
    assert (refused.value.code, refused.value.field) == ("phone-shape", "phone")


@pytest.mark.parametrize(
    ("typed", "name"),
    [("林晓", "林晓"), (" 林 晓 ", "林晓"), ("买买提•阿不都", "买买提·阿不都"), ("𡈼一", "𡈼一")],
)
def test_a_name_is_as_on_the_card(typed: str, name: str) -> None:
    assert parse_name(typed) == name


@pytest.mark.parametrize("typed", ["", "林", "Lin Xiao", "林晓1", "·林晓", "<b>林晓</b>", "林" * 31])
def test_what_is_no_name_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_name(typed)
    assert (refused.value.code, refused.value.field) == ("name-shape", "name")


def test_others_see_masks() -> None:
    assert mask_name("张三") == "张*"
    assert mask_id_number("110101199003077619") == "110101********7619"
    assert mask_phone("13812345678") == "138****5678"
