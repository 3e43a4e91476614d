"""The installed `heyue` command line as the bank's calculator; its answers are kept, since each run costs time."""

import hashlib
import json
import shlex
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sandbox_bank import database

RUN_SECONDS_MAX = 60
Answer = TypeVar("Answer")


class AnswerMissing(Exception):
    """Raised inside a transaction for a figure that must be computed before it, outside any lock."""

    def __init__(self, command: str, question: dict[str, Any]) -> None:
        super().__init__(command)
        self.command, self.question = command, question


class EngineRefused(Exception):
    """The command found the input bad; `detail` is what it wrote about it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class EngineUnavailable(Exception):
    """The command could not be run, or ended in no known way."""


class HeyueCommand:
    """Asks `heyue interest` and `heyue schedule`, and remembers by the hash of the question."""

    def __init__(self, command: str, path: Path) -> None:
        self._command = shlex.split(command)
        self._path = path

    def ask(self, connection: sqlite3.Connection, command: str, question: dict[str, Any]) -> Any:
        """The kept answer, or `AnswerMissing` so that the caller computes it outside its transaction."""
        row = connection.execute(
            "SELECT answer FROM engine_answers WHERE question = ?", (_hash(command, question),)
        ).fetchone()
        if row is None:
            raise AnswerMissing(command, question)
        answer = json.loads(row[0])
        if "refused" in answer:
            raise EngineRefused(answer["refused"])
        return answer["answer"]

    def compute(self, missing: AnswerMissing) -> None:
        """Run the command once and keep what it says, a refusal too."""
        answer = self._run(missing.command, missing.question)
        with database.opened(self._path) as connection, database.transaction(connection):
            connection.execute(
                "INSERT OR REPLACE INTO engine_answers VALUES (?, ?)",
                (_hash(missing.command, missing.question), json.dumps(answer)),
            )

    def with_answers(self, work: Callable[[], Answer]) -> Answer:
        """Do a piece of work again after each answer that it found missing, until it has them all."""
        while True:
            try:
                return work()
            except AnswerMissing as missing:
                self.compute(missing)

    def _run(self, command: str, question: dict[str, Any]) -> dict[str, Any]:
        try:
            done = subprocess.run(
                [*self._command, command, "-"],
                input=json.dumps(question).encode(),
                capture_output=True,
                timeout=RUN_SECONDS_MAX,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineUnavailable(f"{self._command[0]} could not be run: {error}") from error
        if done.returncode == 0:
            return {"answer": json.loads(done.stdout)}
        said = done.stderr.decode(errors="replace").strip()
        if done.returncode == 2 and said.startswith("{"):
            return {"refused": said}
        raise EngineUnavailable(f"{command} ended with {done.returncode}: {said[-500:]}")


def _hash(command: str, question: dict[str, Any]) -> str:
    text = json.dumps([command, question], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
