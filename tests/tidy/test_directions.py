"""Each import contract of pyproject.toml catches its breach: shown on a skeleton, one breach at a time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAGES = (
    "wallet",
    "application",
    "review",
    "dispatch",
    "negotiation",
    "casework",
    "agreement",
    "execution",
    "disputes",
)
GROUND = (
    "acts",
    "notices",
    "deadlines",
    "identity",
    "banks",
    "evidence",
    "vault",
    "gateway",
    "documents",
    "work",
    "rows",
)
FACES = ("borrower", "desk", "bank", "cli", "worker")

DIRECTIONS = "The journey, read from the bottom up"
PURE = "The engine is pure: no framework, file, socket, clock or chance"
FACES_APART = "Faces know verbs and reads, not each other"

BREACHES = [
    ("heyue/wallet/reads.py", "import heyue.application.reads", DIRECTIONS),
    ("heyue/application/actions.py", "from heyue.execution import reads", DIRECTIONS),
    ("heyue/review/actions.py", "import heyue.journey", DIRECTIONS),
    ("heyue/acts/__init__.py", "import heyue.wallet", DIRECTIONS),
    ("heyue/acts/__init__.py", "import heyue.identity", DIRECTIONS),
    ("heyue/notices/__init__.py", "import heyue.acts", DIRECTIONS),
    ("heyue/evidence/__init__.py", "import heyue.banks", DIRECTIONS),
    ("heyue/vault/__init__.py", "import heyue.gateway", DIRECTIONS),
    ("heyue/policy/__init__.py", "import heyue.clock", DIRECTIONS),
    ("heyue/engine/__init__.py", "import heyue.policy", DIRECTIONS),
    ("heyue/journey.py", "import heyue.faces.desk", DIRECTIONS),
    ("heyue/utils/__init__.py", "", DIRECTIONS),
    *(("heyue/engine/money.py", f"import {name}", PURE) for name in ("django", "os", "pathlib", "socket")),
    *(("heyue/engine/money.py", f"import {name}", PURE) for name in ("sqlite3", "random", "httpx", "heyue.clock")),
    ("heyue/gateway/__init__.py", "import django", "A bank can use the gateway's kit without Django"),
    ("sandbox_bank/feed.py", "import heyue.gateway", "A bank knows the protocol, not the platform's code"),
    (
        "heyue/faces/cli/__init__.py",
        "import sandbox_bank",
        "The platform reaches a bank by the protocol alone",
    ),
    ("heyue/faces/borrower/__init__.py", "import heyue.faces.desk", FACES_APART),
    ("heyue/faces/bank/__init__.py", "import heyue.faces.worker", FACES_APART),
    ("heyue/faces/worker/__init__.py", "import heyue.faces.cli", FACES_APART),
    *(
        (
            f"heyue/faces/desk/{stage}.py",
            f"from heyue.{stage}.states import TABLE",
            f"The {stage}'s state table",
        )
        for stage in STAGES
    ),
    ("heyue/execution/actions.py", "import heyue.negotiation.states", "The negotiation's state table"),
    ("heyue/agreement/reads.py", "from heyue.negotiation.states import Over", "The negotiation's state table"),
    ("heyue/negotiation/call_guide.py", "import heyue.negotiation.states", "The negotiation's state table"),
]

ALLOWED = [
    ("heyue/execution/reads.py", "import heyue.wallet.reads"),
    ("heyue/journey.py", "import heyue.review.states, heyue.dispatch.actions"),
    ("heyue/negotiation/actions.py", "import heyue.negotiation.states, heyue.acts"),
    ("heyue/negotiation/borrower_acts.py", "import heyue.negotiation.states"),
    ("heyue/notices/__init__.py", "import heyue.deadlines"),
    ("heyue/identity/actions.py", "import heyue.acts, heyue.notices"),
    ("heyue/faces/cli/serve.py", "import heyue.faces.worker.loop"),
    ("heyue/faces/urls.py", "import heyue.faces.borrower, heyue.faces.desk"),
]


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """The packages that the contracts name, empty."""
    modules = ["heyue", "heyue/policy", "heyue/clock", "heyue/engine", "heyue/faces", "sandbox_bank"]
    modules += [f"heyue/{name}" for name in (*GROUND, *STAGES)] + [f"heyue/faces/{face}" for face in FACES]
    files = [f"{module}/__init__.py" for module in modules]
    files += ["heyue/settings.py", "heyue/journey.py", "heyue/faces/worker/loop.py"]
    files += [f"heyue/{stage}/{part}.py" for stage in STAGES for part in ("models", "states", "reads", "actions")]
    files += ["heyue/negotiation/borrower_acts.py", "heyue/wallet/statement_acts.py", "heyue/wallet/statement_reads.py"]
    files += ["heyue/application/appealed.py", "heyue/review/appeals.py"]
    files += ["heyue/casework/policy_acts.py", "heyue/negotiation/telephone.py"]
    for file in files:
        path = tmp_path / "src" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path) -> str:
    """Return what import-linter says of that tree, "" when every contract is kept."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def seed(tree: Path, file: str, line: str) -> None:
    """Add one line to a file of the skeleton."""
    path = tree / "src" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + line + "\n")


def test_empty_skeleton_keeps_every_contract(skeleton: Path) -> None:
    assert lint(skeleton) == ""


@pytest.mark.parametrize(("file", "line", "contract"), BREACHES, ids=lambda value: value.split("/")[-1][:40])
def test_breach_is_caught_by_its_contract(skeleton: Path, file: str, line: str, contract: str) -> None:
    seed(skeleton, file, line)
    said = lint(skeleton)
    assert any(contract in told and "BROKEN" in told for told in said.splitlines()), said


@pytest.mark.parametrize(("file", "line"), ALLOWED, ids=lambda value: value.split("/")[-1][:40])
def test_what_the_journey_needs_is_allowed(skeleton: Path, file: str, line: str) -> None:
    seed(skeleton, file, line)
    assert lint(skeleton) == ""
