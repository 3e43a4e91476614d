"""Mutation testing of the engine: every small change of its code should make a test fail; says which do not.

mutmut 3.8 (in an environment of its own, beside the project's packages) writes the mutants and learns which test runs
which function. Then the tests are collected once, and each mutant is a fork of that process: so the whole run takes
minutes, where a new pytest for each mutant takes hours. Words for people are left alone: the contract leaves them free.

    python3.11 -m venv /tmp/mutmut && /tmp/mutmut/bin/pip install mutmut==3.8.1
    HEYUE_MODE=test .venv/bin/python bench/mutants.py --mutmut /tmp/mutmut --work /tmp/mutants [--only rules/]
"""

import argparse
import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE = "src/heyue/engine"
MUTATED = (
    "interest.py", "interest_request.py", "billing_cycle.py", "lots.py", "statement.py", "card_account.py",
    "schedule.py", "schedule_options.py", "annual_rate.py", "recommend.py", "recommend_reasons.py",
    "recommend_request.py", "joint_choice.py", "joint_plans.py", "joint_sweep.py", "menu.py", "not_feasible.py",
    "money.py", "months.py", "rules/*.py",
)  # fmt: skip
# Tests of other parts of the engine, of whole processes, and those too slow to run thousands of times.
LEFT_OUT = (
    "test_portfolio*",
    "test_schedule_columns*",
    "test_command_line*",
    "test_bad_months*",
    "test_early_warning*",
)
DESELECTED = "not command and not too_many_lines"
EXAMPLES_MAX = 6
# A word for people: a literal with a Chinese character in it.
_WORDS = re.compile(r'f?"[^"\n]*[\u4e00-\u9fff][^"\n]*"|\bNone\b')

CONFTEST = f"""
import hypothesis
hypothesis.settings.register_profile("mutants", deadline=None, derandomize=True, database=None,
                                     suppress_health_check=list(hypothesis.HealthCheck))
hypothesis.settings.load_profile("mutants")
def pytest_collection_modifyitems(items):
    for item in items:
        test = getattr(item, "obj", None)
        found = getattr(test, "_hypothesis_internal_use_settings", None)
        if found is not None:
            few = min(found.max_examples, {EXAMPLES_MAX})
            test._hypothesis_internal_use_settings = hypothesis.settings(
                found, max_examples=few, database=None, phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate))
"""
PYPROJECT = """
[project]
name = "heyue"
version = "0"
[tool.pytest.ini_options]
pythonpath = ["src", "tests", "."]
addopts = "-p no:django -p no:xdist -p no:schemathesis -p no:cacheprovider --import-mode=importlib"
markers = ["journey: none here"]
[tool.mutmut]
source_paths = ["src"]
only_mutate = {mutated}
also_copy = ["docs"]
pytest_add_cli_args_test_selection = ["tests/engine"]
pytest_add_cli_args = ["-k", "{deselected}"]
use_git_change_detection = false
"""


def lay_out(work: Path) -> None:
    """A copy of the engine, its tests and what they read."""
    shutil.rmtree(work, ignore_errors=True)
    skip = shutil.ignore_patterns("__pycache__", "assets", "locale", *LEFT_OUT)
    for part in ("src/heyue", "tests/engine", "docs/schemas"):
        shutil.copytree(ROOT / part, work / part, ignore=skip)
    # Tests that borrow from a left-out file go with it.
    for test in (work / "tests/engine").glob("test_*.py"):
        if re.search(r"from tests\.engine\.(test_command_line|test_bad_months)", test.read_text(encoding="utf-8")):
            test.unlink()
    (work / "tests/__init__.py").touch()
    (work / "tests/conftest.py").write_text(CONFTEST, encoding="utf-8")
    mutated = json.dumps([f"{ENGINE}/{name}" for name in MUTATED])
    (work / "pyproject.toml").write_text(PYPROJECT.format(mutated=mutated, deselected=DESELECTED), encoding="utf-8")


def functions(path: Path) -> dict[str, str]:
    """Every function of a file by name, as written."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    return {
        node.name: "\n".join(lines[node.lineno : node.end_lineno])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    }


def difference(written: dict[str, str], name: str) -> tuple[str, str]:
    """What a mutant takes away and what it puts in its place."""
    original = written[re.sub(r"__mutmut_\d+$", "__mutmut_orig", name)]
    lines = list(difflib.ndiff(original.splitlines(), written[name].splitlines()))
    return tuple("\n".join(line[2:].strip() for line in lines if line.startswith(sign)) for sign in ("- ", "+ "))  # type: ignore[return-value]


def is_about_words(before: str, after: str) -> bool:
    """Whether only words for people differ."""
    bare = [re.sub(r"[\s,]", "", _WORDS.sub("", text.replace("XX", ""))) for text in (before, after)]
    return bool(re.search("[\u4e00-\u9fff]", before)) and bare[0] == bare[1]


def mutants(work: Path, only: str) -> Iterator[tuple[str, str, str]]:
    """Name, what goes, what comes."""
    for meta in sorted((work / "mutants" / ENGINE).rglob("*.meta")):
        path = meta.with_suffix("")
        if only not in str(path):
            continue
        written = functions(path)
        for name in json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]:
            before, after = difference(written, name.rsplit(".", 1)[1])
            if not is_about_words(before, after):
                yield name, before, after


def main() -> None:
    """Lay out, write mutants, try each, say what lived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutmut", type=Path, required=True, help="the environment that mutmut stands in")
    parser.add_argument("--work", type=Path, required=True, help="a folder that is written anew")
    parser.add_argument("--only", default="", help="a part of a file's path")
    parser.add_argument("--lived", type=Path, help="the answered.json of an earlier run: only what lived then is tried")
    parser.add_argument("--seconds", type=float, default=1.0, help="tests that take longer are left out")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    python = given.mutmut / "bin/python"
    inside = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    Path(inside.stdout.strip(), "project.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    lay_out(given.work)
    # A name that no mutant has: mutmut writes the mutants, learns what runs what, and tries none.
    subprocess.run(
        [python, "-m", "mutmut", "run", "none.of.them"], cwd=given.work, stdout=subprocess.DEVNULL, check=False
    )
    wanted = list(mutants(given.work, given.only))
    if given.lived:
        before = json.loads(given.lived.read_text(encoding="utf-8"))
        wanted = [one for one in wanted if before.get(one[0]) not in ("killed", "timeout")]
    asked, answered = given.work / "asked.json", given.work / "answered.json"
    asked.write_text(json.dumps([name for name, _, _ in wanted]), encoding="utf-8")
    environment = {
        **os.environ,
        "MUTANTS_ASKED": str(asked),
        "MUTANTS_ANSWERED": str(answered),
        "MUTANT_UNDER_TEST": "",
    }
    environment |= {"PYTHONPATH": str(Path(__file__).parent), "MUTANTS_PROCESSES": str(given.processes)}
    environment["MUTANTS_TEST_SECONDS"] = str(given.seconds)
    command = [python, "-m", "pytest", "-q", "-p", "mutant_forks", "tests/engine", "-k", DESELECTED]
    subprocess.run(command, cwd=given.work / "mutants", env=environment, check=True)
    ended: dict[str, str] = json.loads(answered.read_text(encoding="utf-8"))
    for name, before, after in wanted:
        if ended[name] not in ("killed", "timeout"):
            print(f"\n{ended[name]}: {name}\n  - {before}\n  + {after}")
    by_file = Counter((name.split(".x")[0].removeprefix("heyue.engine."), end) for name, end in ended.items())
    print()
    for (file, end), count in sorted(by_file.items()):
        print(f"{file:24} {end:9} {count}")
    print(dict(Counter(ended.values())))


if __name__ == "__main__":
    sys.exit(main())
