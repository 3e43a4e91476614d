"""Browsers without a screen: who is signed in, and the page at an address."""

from __future__ import annotations

from django.test import Client

import bargain
from heyue.identity.models import Person


def as_person(person: Person) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(person)
    return client


def as_lin(deal: bargain.Bargain) -> Client:
    """A browser in which Lin is signed in."""
    return as_person(deal.cast.lin_person)


def as_zhao(deal: bargain.Bargain) -> Client:
    """A stranger's browser."""
    return as_person(Person.objects.get(pk=deal.cast.zhao.person_id))


def page(client: Client, address: str) -> str:
    """The page at this address, which must be there."""
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()
