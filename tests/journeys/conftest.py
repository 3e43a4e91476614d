"""The platform as a process of its own, on the test's database, for pages in a real browser."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Playwright keeps an event loop in the test's thread, in which Django would refuse to build rows.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
STARTS_WITHIN_SECONDS = 90
PHONE_WIDTHS = (360, 390, 430)
SOURCE = Path(__file__).resolve().parents[2] / "src"
FIRST = ("test_whole_journey.py", "test_desk_pages.py", "test_mail_link_page.py")
"""What takes longest, so that it does not run on alone at the end; then a short one, for the worker that was given one
test only is given the next file but one at once, to stand behind it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long journeys first; pytest-django has put last what does not use the test's own database."""
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(FIRST)))


def database_url() -> str:
    """Write the address of the test's own database as the product's environment has it."""
    now = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{now['NAME']}"
    user = f"{now['USER']}:{now['PASSWORD']}" if now["PASSWORD"] else now["USER"]
    return f"postgresql://{user}@{now['HOST'] or 'localhost'}:{now['PORT'] or 5432}/{now['NAME']}"


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """The running platform: its address, its environment, and the processes that belong to it."""

    url: str
    environment: dict[str, str]
    logs: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, name: str, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a Python process in the platform's environment, ``more`` laid over it; it ends with the test."""
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], env={**self.environment, **more}, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """End every process, the last one first."""
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the address answers. Raises ``RuntimeError`` when the process ends or takes too long."""
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer. Its log ends:\n{log.read_text(errors='replace')[-2000:]}")


def collect_once(environment: dict[str, str]) -> None:
    """Gather the static files, unless the other worker of the run, whose folder they stand in too, has done so."""
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with (root.parent / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "staticfiles.json").exists():
            collect = (sys.executable, "-m", "django", "collectstatic", "--noinput", "--verbosity", "0")
            subprocess.run(collect, env=environment, check=True)


@pytest.fixture(scope="session")
def served(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The platform in demo mode for the whole run: as ``heyue serve``, by two processes, on the tests' database."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "PYTHONPATH": str(SOURCE),
        "DJANGO_SETTINGS_MODULE": "heyue.settings",
        "HEYUE_MODE": "demo",
        "HEYUE_VAR": str(settings.HEYUE_VAR),
        "HEYUE_DATABASE_URL": database_url(),
        "HEYUE_PUBLIC_URL": url,
        "HEYUE_SECRET_KEY": settings.SECRET_KEY,
        "HEYUE_KEK": settings.HEYUE_KEK,
    }
    running = Site(url, environment, tmp_path_factory.mktemp("served"))
    collect_once(environment)
    shape = ("--workers", "2", "--blocking-threads", "4", "--blocking-threads-idle-timeout", "600")
    at = ("--host", "127.0.0.1", "--port", str(port), "heyue.faces.wsgi:application")
    try:
        server = running.start("web", "-m", "granian", "--interface", "wsgi", *shape, *at)
        wait_for(f"{url}/signin", server, running.logs / "web.log")
        yield running
    finally:
        running.stop()


@pytest.fixture
def site(transactional_db: None, served: Site, tmp_path: Path) -> Iterator[Site]:
    """The running platform for one test, which may start processes beside it (a worker, a bank).

    What the test writes is committed at once, so both see the same rows; text messages stand in /demo/inbox.
    """
    running = Site(served.url, served.environment, tmp_path)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def fits() -> Callable[[Page], None]:
    """A check that nothing of a page stands out sideways on a phone of 360, 390 or 430 px."""

    def check(page: Page) -> None:
        before = page.viewport_size
        for width in PHONE_WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{page.url} is {wide} px wide on a phone of {width} px"
        if before:
            page.set_viewport_size(before)

    return check
