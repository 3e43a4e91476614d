"""What the demo begins with is made once: a second run finds it and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from heyue import clock
from heyue.banks import reads
from heyue.banks.models import Bank
from heyue.faces.cli.demo import seeds
from heyue.faces.cli.demo.places import Places
from heyue.identity.models import Person

pytestmark = pytest.mark.django_db


def test_a_second_run_finds_banks_and_staff_as_they_are(tmp_path: Path) -> None:
    places = Places.of(tmp_path, 18_990)
    banks = [seeds.Sandbox(name, *ports) for name, ports in zip(seeds.PROFILES, places.bank_ports(), strict=True)]
    for _ in range(2):
        seeds.join_banks(banks, seeds.open_banks(places, banks))
    assert Bank.objects.count() == len(seeds.PROFILES) + 1
    assert Person.objects.count() == len(seeds.STAFF)
    by_mail = Bank.objects.get(base_url="")
    assert (by_mail.channel, by_mail.mail_address, by_mail.keys.count()) == ("email", "cards@qinghe.example", 0)
    assert reads.menu(by_mail.pk, clock.today())
