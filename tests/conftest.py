"""What every test stands on. The environment is set here, before Django's settings are read."""

import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# pytest-django reads its own setting before any conftest, so the module is named here.
os.environ["HEYUE_MODE"] = "test"
os.environ["DJANGO_SETTINGS_MODULE"] = "heyue.settings"
# A worker of a parallel run gets a folder inside the run's own, so that the end of the run takes all of them away.
PARALLEL = os.environ.get("PYTEST_XDIST_WORKER")
VAR = Path(tempfile.mkdtemp(prefix="heyue-tests-", dir=os.environ["HEYUE_VAR"] if PARALLEL else None))
os.environ["HEYUE_VAR"] = str(VAR)
(VAR / "static").mkdir()  # WhiteNoise warns where there is none
django.setup()

# The same examples on every machine and in every run; a found counter-example becomes a case of its own.
hypothesis.settings.register_profile("heyue", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("heyue")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(VAR, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def one_washing_a_paper() -> None:
    """Let the same paper be washed once a run: each washing is a process of its own, and most tests hand in one."""
    from heyue.application import proofs

    proofs.washed = functools.cache(proofs.washed)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Put SQLite's test database into a file: one in memory locks by table and knows no WAL."""
    from django.conf import settings

    database: dict[str, Any] = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(VAR / "test.sqlite")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    """A Chromium for the whole run."""
    from browser import chromium

    with chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def phone(browser: "Browser") -> "Iterator[Page]":
    """A borrower's page, 390 px wide, in its own session; a console error or another host fails the test."""
    from browser import PHONE, watched_page

    with watched_page(browser, PHONE) as page:
        yield page


@pytest.fixture
def desk(browser: "Browser") -> "Iterator[Page]":
    """A page of the desk, 1280 px wide, in a session of its own, watched alike."""
    from browser import DESK, watched_page

    with watched_page(browser, DESK) as page:
        yield page
