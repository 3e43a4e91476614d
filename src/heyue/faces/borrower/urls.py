"""The borrower's addresses, one list for each part of the way."""

from heyue.faces.borrower import banks, cards, demo_inbox, home, identity, me, signin

urlpatterns = [
    *signin.urls,
    *identity.urls,
    *banks.urls,
    *home.urls,
    *cards.urls,
    *me.urls,
    *demo_inbox.urls,
]
