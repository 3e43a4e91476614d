"""The lints of the house, over the whole project."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest

from tidy import lints

ROOT = Path(__file__).resolve().parents[2]
HEYUE = ROOT / "src" / "heyue"
STAGES = ("wallet", "application", "review", "dispatch", "negotiation", "casework", "agreement", "execution")
VENDORED = (
    HEYUE / "assets" / "static" / "vendor",
    HEYUE / "assets" / "fonts",
    HEYUE / "assets" / "static/heyue/icons.svg",
)
TEXT = frozenset(
    {".py", ".html", ".txt", ".css", ".js", ".svg", ".typ", ".yaml", ".toml", ".json", ".md", ".sh", ".po"}
)


def files(*folders: Path, endings: Iterable[str] = (".py",)) -> list[Path]:
    """Return our own files with these endings under these folders: no vendored file, no cache."""
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in endings]
    return [path for path in found if path.is_file() and "__pycache__" not in path.parts and not _vendored(path)]


def _vendored(path: Path) -> bool:
    return any(path == vendored or vendored in path.parents for vendored in VENDORED)


def breaches(lint: lints.Lint, paths: Iterable[Path]) -> list[str]:
    """Return `path:line words` for each breach, so that a failing test says where to go."""
    return [
        f"{path.relative_to(ROOT)}:{breach.line} {breach.words}"
        for path in paths
        for breach in lint(path.read_text(encoding="utf-8"))
    ]


def stage_files(*names: str) -> list[Path]:
    """Return the files of each stage with these names, or in packages of these names; all without a name."""
    found = files(*(HEYUE / stage for stage in STAGES))
    if not names:
        return found
    return [path for path in found if path.stem in names or path.parent.name in names]


def without_migrations(paths: Iterable[Path]) -> list[Path]:
    """Leave out what Django writes."""
    return [path for path in paths if "migrations" not in path.parts]


OURS = (ROOT / "src", ROOT / "tests", ROOT / "bin")
MONEY = [*files(HEYUE / "engine"), *stage_files()]
TEMPLATES = files(HEYUE, endings=(".html",))
PAGES = files(ROOT / "src", endings=(".html", ".css", ".js", ".svg"))


def test_no_source_file_is_longer_than_one_reads_at_a_sitting() -> None:
    sources = without_migrations(
        files(ROOT / "src", ROOT / "bin", endings=(".py", ".html", ".css", ".js", ".sh", ".typ"))
    )
    assert breaches(lints.file_too_long, sources) == []


def test_no_test_file_is_longer_than_six_hundred_lines() -> None:
    assert breaches(partial(lints.file_too_long, lines_max=lints.TEST_LINES_MAX), files(ROOT / "tests")) == []


def test_no_function_is_longer_than_seventy_lines() -> None:
    assert breaches(lints.function_too_long, without_migrations(files(*OURS))) == []


def test_modules_are_named_for_what_they_hold() -> None:
    modules = [str(path.relative_to(ROOT / "src").with_suffix("")) for path in files(ROOT / "src")]
    assert [f"{module}: {b.words}" for module in modules for b in lints.named_for_its_kind(module)] == []


def test_only_the_clock_asks_the_machine_for_the_time() -> None:
    asking = [path for path in files(HEYUE) if HEYUE / "clock" not in path.parents and path != HEYUE / "clock.py"]
    assert breaches(lints.asks_the_machines_clock, without_migrations(asking)) == []


def test_money_is_never_a_float() -> None:
    assert breaches(lints.turns_money_into_float, MONEY) == []


def test_only_acts_write_a_state() -> None:
    others = [path for path in files(HEYUE) if HEYUE / "acts" not in path.parents]
    assert breaches(lints.writes_a_state, without_migrations(others)) == []


def test_faces_ask_reads_and_never_the_tables() -> None:
    assert breaches(lints.queries_unscoped, files(HEYUE / "faces")) == []


def test_nothing_listens_to_signals() -> None:
    assert breaches(lints.listens_to_signals, files(HEYUE)) == []


def test_verbs_and_reads_take_values_not_requests() -> None:
    assert breaches(lints.takes_a_request, stage_files("actions", "reads")) == []


def test_the_engine_opens_no_file() -> None:
    assert breaches(lints.opens_a_file, files(HEYUE / "engine")) == []


def test_engine_and_verbs_say_what_they_do() -> None:
    assert breaches(lints.undocumented, [*files(HEYUE / "engine"), *stage_files("actions", "reads")]) == []


def test_nothing_is_marked_unfinished() -> None:
    assert breaches(lints.unfinished, files(*OURS, ROOT / "docs", endings=TEXT)) == []


def test_no_machine_and_no_package_index_is_named() -> None:
    texts = files(*OURS, ROOT / "docs", endings=TEXT)
    texts += [path for path in ROOT.glob("*") if path.is_file() and path.suffix in {*TEXT, ".lock", ""}]
    texts += [path for path in (ROOT / "bin").iterdir() if path.is_file()]
    assert breaches(lints.names_a_machine, texts) == []


def test_no_emoji_is_used() -> None:
    assert breaches(lints.has_emoji, files(*OURS, ROOT / "docs", endings=TEXT)) == []


def test_pages_reach_no_other_host() -> None:
    assert breaches(lints.reaches_another_host, PAGES) == []


def test_templates_hold_no_inline_style_or_script() -> None:
    templates = files(ROOT / "src", endings=(".html",))
    assert breaches(lints.has_inline_code, templates) == []


def test_every_word_of_a_page_can_be_translated() -> None:
    assert breaches(lints.says_chinese_untranslated, TEMPLATES) == []


@pytest.mark.parametrize("path", files(HEYUE / "policy", endings=(".yaml",)), ids=lambda path: path.stem)
def test_every_record_says_unit_source_and_days(path: Path) -> None:
    assert breaches(lints.record_without_origin, [path]) == []
