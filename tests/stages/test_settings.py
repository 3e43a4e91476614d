"""A start with the wrong environment is refused, and says what to set."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.test import Client

WHOLE = {
    "HEYUE_MODE": "production",
    "HEYUE_PUBLIC_URL": "https://heyue.example",
    "HEYUE_SECRET_KEY": "x" * 60,
    "HEYUE_KEK": "dGVzdC1vbmx5LXRlc3Qtb25seS10ZXN0LW9ubHkhIQ==",
    "HEYUE_SIGNING_KEY": "heyue-1=dGVzdC1vbmx5LXRlc3Qtb25seS10ZXN0LW9ubHkhIQ==",
    "HEYUE_DATABASE_URL": "postgresql://heyue@127.0.0.1/heyue",
    "HEYUE_SMS_PROVIDER": "heyue.notices.sms.HttpProvider",
    "HEYUE_SMS_URL": "https://sms.example/send",
}


def started(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "from heyue import settings; print(settings.HEYUE_MODE, settings.HEYUE_CLOCK_HELD)"],
        env={**kept, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_whole_environment_starts_in_production_on_real_time() -> None:
    assert started(WHOLE).stdout.split() == ["production", "False"]


@pytest.mark.parametrize("provider", ["", "heyue.notices.sms.DemoInbox"])
def test_production_without_an_sms_provider_is_refused_with_what_to_do(provider: str) -> None:
    refused = started({**WHOLE, "HEYUE_SMS_PROVIDER": provider})
    assert refused.returncode != 0
    assert "HEYUE_SMS_PROVIDER=heyue.notices.sms.HttpProvider" in refused.stderr


@pytest.mark.parametrize("name", sorted(set(WHOLE) - {"HEYUE_MODE", "HEYUE_SMS_PROVIDER", "HEYUE_SMS_URL"}))
def test_each_missing_setting_is_named(name: str) -> None:
    refused = started({key: value for key, value in WHOLE.items() if key != name})
    assert refused.returncode != 0
    assert f"{name} is not set" in refused.stderr


def test_an_unknown_mode_is_refused() -> None:
    assert "HEYUE_MODE must be" in started({**WHOLE, "HEYUE_MODE": "staging"}).stderr


def test_production_logs_one_json_object_a_line() -> None:
    script = (
        "import json, logging, logging.config; from heyue import settings;"
        "logging.config.dictConfig(settings.LOGGING); logging.getLogger('heyue.worker').warning('停了 %s', 7)"
    )
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**kept, "PYTHONPATH": os.pathsep.join(sys.path), **WHOLE},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (line,) = done.stderr.splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == ("停了 7", "warning", "heyue.worker")


def test_addresses_of_calls_to_banks_are_not_logged() -> None:
    says = (
        "import logging, logging.config; from heyue import settings;"
        "logging.config.dictConfig(settings.LOGGING);"
        "logging.getLogger('httpx').info('HTTP Request: GET http://bank.example/v1/account-links/link-of-lin/cards')"
    )
    told = subprocess.run(
        [sys.executable, "-c", says],
        env={"PYTHONPATH": os.pathsep.join(sys.path), **WHOLE},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "link-of-lin" not in told.stdout + told.stderr


@pytest.mark.django_db
def test_a_browser_of_a_language_that_is_not_offered_gets_chinese(client: Client) -> None:
    """Django's own sentences exist in French and ours do not, and a page is never half in each."""
    answer = client.get("/signin", headers={"accept-language": "fr"})
    assert answer.headers["Content-Language"] == "zh-hans"
