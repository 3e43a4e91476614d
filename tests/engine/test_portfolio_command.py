"""``heyue portfolio`` as a nightly run meets it: processes and a cluster, refusals, files whole or not at all."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from distributed import LocalCluster

from heyue.engine.bad_input import BadInput
from heyue.engine.interest import account
from heyue.faces.cli import main, portfolio, portfolio_parts, portfolio_published, portfolio_run
from tests.engine import portfolio_tables as tables
from tests.engine.test_command_line import PUBLISHED, heyue
from tests.engine.test_interest import ASKED
from tests.engine.test_portfolio import long_account
from tests.engine.test_schedule import TERMS

BAD = {**ASKED, "events": [{"date": "2026-03-30", "kind": "purchase", "amount": "0"}]}
SCHEDULE = {**TERMS, "method": "equal_instalment"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the tables of nine accounts, one of them bad."""
    put(tmp_path, [long_account(1), BAD, *(long_account(seed) for seed in range(2, 9))])
    return tmp_path


def put(folder: Path, asked: list[dict[str, Any]]) -> None:
    tables.write(tables.accounts_table(asked), folder / "accounts.parquet", rows_a_batch=3)
    tables.write(tables.events_table(asked), folder / "events.arrow", rows_a_batch=100)


def refusal(kind: str, folder: Path, **given: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as refused:
        tables.work_out(kind, folder, folder / "out.parquet", **given)
    assert not list(folder.glob("out*"))
    return list(refused.value.errors)


def written(folder: Path, name: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob(f"{name}*"))}


@pytest.fixture
def parts_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two accounts, so that there are some to share."""
    monkeypatch.setattr(portfolio_parts, "ACCOUNTS_A_PART", 2)


# ── by whom ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("parts_of_two")
def test_two_processes_and_two_workers_of_a_cluster_write_the_same_bytes_as_one(place: Path) -> None:
    for folder in ("one", "two", "cluster"):
        (place / folder).mkdir()
    alone = tables.work_out("interest", place, place / "one" / "out.parquet")
    assert alone["answered"] == 8
    assert tables.work_out("interest", place, place / "two" / "out.parquet", workers=2) == alone
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as two:
        address = two.scheduler_address
        assert tables.work_out("interest", place, place / "cluster" / "out.parquet", cluster=address) == alone
    expected = written(place / "one", "")
    assert set(expected) == {"out.parquet", "out.set-aside.parquet", "totals.parquet"}
    assert written(place / "two", "") == expected
    assert written(place / "cluster", "") == expected


def test_schedules_too_are_shared_between_processes(tmp_path: Path) -> None:
    tables.write(tables.schedules_table([SCHEDULE, {**SCHEDULE, "periods": 61}, SCHEDULE]), tmp_path / "terms.arrow")
    for workers in (1, 2):
        tables.work_out(
            "schedule", tmp_path / "terms.arrow", tmp_path / f"{workers}.arrow", totals=None, workers=workers
        )
    assert (tmp_path / "1.arrow").read_bytes() == (tmp_path / "2.arrow").read_bytes()
    assert tables.read(tmp_path / "1.set-aside.arrow").to_pylist()[0]["pointer"] == "/periods"


def test_a_cluster_with_another_engine_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        def __init__(self, address: str, **options: Any) -> None:
            if address == "nowhere":
                raise TimeoutError("no answer")

        def __enter__(self) -> "Client":
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def run(self, asked: Callable[[], str]) -> dict[str, str]:
            return {"tcp://one": asked(), "tcp://two": "0"}

    monkeypatch.setattr("distributed.Client", Client)
    assert "现在是：0、" in refusal("interest", place, cluster="somewhere")[0][1]
    assert "no answer" in refusal("interest", place, cluster="nowhere")[0][1]


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────


def test_tables_that_are_not_in_order_are_refused(tmp_path: Path) -> None:
    put(tmp_path, [ASKED, ASKED])
    sound = tables.accounts_table([ASKED, ASKED])
    for rows in ([1, 0], [0, 0]):
        tables.write(sound.take(rows), tmp_path / "accounts.parquet")
        assert refusal("interest", tmp_path)[0][0] == "/accounts/account"
    tables.write(sound, tmp_path / "accounts.parquet")
    events = tables.events_table([PUBLISHED, PUBLISHED])
    for rows in ([2, 0], [0, 2, 1]):
        for size in (1, 5):
            tables.write(events.take(rows), tmp_path / "events.arrow", rows_a_batch=size)
            assert refusal("interest", tmp_path)[0][0] == "/events/account"


def test_an_account_without_a_name_is_refused(tmp_path: Path) -> None:
    put(tmp_path, [ASKED])
    nameless = tables.accounts_table([ASKED]).set_column(0, "account", pa.array([None], pa.string()))
    tables.write(nameless, tmp_path / "accounts.parquet")
    assert refusal("interest", tmp_path) == [("/accounts/account", "账户不能为空")]


def test_every_wrong_column_is_named_at_once(tmp_path: Path) -> None:
    put(tmp_path, [ASKED])
    wrong = pa.table(
        {"account": ["a"], "until": ["2026-01-01"], "tolerance": [1.5], "tolerance_fen": [1], "city": [""]}
    )
    tables.write(wrong, tmp_path / "accounts.parquet")
    assert {pointer.removeprefix("/accounts/") for pointer, _ in refusal("interest", tmp_path)} == {
        "city", "daily_rate", "method", "statement_day", "tolerance_fen", "until", "tolerance",
    }  # fmt: skip


def test_wrong_places_are_refused(tmp_path: Path) -> None:
    assert "没有" in refusal("interest", tmp_path)[0][1]
    put(tmp_path, [ASKED])
    (tmp_path / "events.parquet").write_bytes(b"no table")
    assert "只留一个" in refusal("interest", tmp_path)[0][1]
    (tmp_path / "events.arrow").unlink()
    assert "读不到表" in refusal("interest", tmp_path)[0][1]
    assert ".arrow 结尾" in refusal("schedule", tmp_path / "terms.csv")[0][1]
    tables.write(
        tables.events_table([ASKED]).set_column(0, "account", pa.array([], pa.int64())), tmp_path / "events.parquet"
    )
    assert "类型应和账户表的一样" in refusal("interest", tmp_path)[0][1]


def test_wrong_options_are_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--workers" in refusal("interest", place, workers=0)[0][1]
    assert "--totals" in refusal("interest", place, totals=place / "out.parquet")[0][1]
    assert "写不了" in refusal("interest", place, totals=place / "nowhere" / "totals.parquet")[0][1]
    monkeypatch.setattr(portfolio, "find_spec", lambda name: None if name == "distributed" else name)
    assert "heyue[cluster]" in refusal("interest", place, cluster="tcp://127.0.0.1:1")[0][1]


# ── what comes out ───────────────────────────────────────────────────────────────────────────────────────────


def test_events_of_no_account_are_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio_parts, "EVENTS_A_PART", 2)
    asked = [PUBLISHED] * 9
    put(tmp_path, asked)
    tables.write(tables.accounts_table(asked).take([3, 5]), tmp_path / "accounts.parquet")
    found = tables.work_out("interest", tmp_path, tmp_path / "out.arrow")
    assert found == {"accounts": 2, "answered": 2, "rows": 4, "set_aside": 7}
    _, totals, bad = tables.results(tmp_path / "out.arrow")
    assert {one["interest_total"] for one in totals.values()} == {"17.40"}
    assert sorted(bad) == [tables.name(index) for index in (0, 1, 2, 4, 6, 7, 8)]
    assert {complaint for one in bad.values() for complaint in one} == {("", "流水里有这个账户，账户表里没有")}


def test_an_account_with_too_many_events_is_set_aside_in_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 4
    for module in ("heyue.engine.interest_request", "heyue.faces.cli.portfolio_interest", portfolio_parts.__name__):
        monkeypatch.setattr(f"{module}.EVENTS_MAX", most)
    asked = [long_account(1), {**PUBLISHED, "events": PUBLISHED["events"] * 3}, PUBLISHED]
    put(tmp_path, asked)
    tables.work_out("interest", tmp_path, tmp_path / "out.arrow")
    _, totals, bad = tables.results(tmp_path / "out.arrow")
    assert list(totals) == [tables.name(2)]
    with pytest.raises(BadInput) as refused:
        account(asked[1])
    assert bad[tables.name(1)] == list(refused.value.errors)


def test_sums_may_be_given_in_fen_and_accounts_by_number(tmp_path: Path) -> None:
    accounts, events = tables.accounts_table([PUBLISHED]), tables.events_table([PUBLISHED])
    fen = pa.array([int(amount * 100) for amount in events.column("amount").to_pylist()])
    tables.write(
        pa.table({"account": [7, 7], "date": events.column("date"), "kind": events.column("kind").dictionary_encode(),
                  "amount_fen": fen}),
        tmp_path / "events.parquet",
    )  # fmt: skip
    tables.write(accounts.set_column(0, "account", pa.array([7], pa.int32())), tmp_path / "accounts.parquet")
    tables.work_out("interest", tmp_path, tmp_path / "out.parquet")
    assert tables.results(tmp_path / "out.parquet")[1][7]["interest_total"] == "17.40"


def test_a_run_that_breaks_off_leaves_the_results_of_the_one_before(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.work_out("interest", place, place / "out.parquet")
    before = {path.name: path.read_bytes() for path in place.iterdir()}

    def interrupted(kind: str, part: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(portfolio_run, "answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tables.work_out("interest", place, place / "out.parquet")
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


def test_the_command_says_how_many_and_with_exit_code_one_that_some_were_set_aside(place: Path) -> None:
    code, out, err = heyue("portfolio", "interest", str(place), "-o", str(place / "out.parquet"))
    assert (code, err) == (1, "")
    assert json.loads(out)["set_aside"] == 1
    assert not (place / "totals.parquet").exists()
    code, out, err = heyue("portfolio", "interest", str(place / "nowhere"), "-o", str(place / "out.parquet"))
    assert (code, out) == (2, "")
    assert json.loads(err)["type"] == "urn:heyue:problem:bad-input"


def test_progress_goes_to_a_terminal(place: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    main.main(["portfolio", "interest", str(place), "-o", str(place / "out.parquet")])
    assert "9.00" in capfd.readouterr().err


def test_a_single_case_loads_none_of_it() -> None:
    program = (
        "import sys; from heyue.faces.cli.main import main; main(['interest','-']); "
        "sys.exit(bool({'numba','pyarrow','tqdm','distributed'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(PUBLISHED).encode(), capture_output=True, check=False
    )
    assert done.returncode == 0


def test_the_published_columns_are_those_of_the_code() -> None:
    published = Path(__file__).parents[2] / "docs" / "schemas" / "portfolio.json"
    assert published.read_text(encoding="utf-8") == portfolio_published.page()
