"""The borrower's addresses, one list for each part of the way."""

from heyue.faces.borrower import (
    access,
    agreement,
    apply,
    banks,
    calendar,
    call,
    cards,
    counter,
    demo_inbox,
    home,
    identity,
    me,
    offer,
    plan,
    progress,
    signin,
)

urlpatterns = [
    *signin.urls,
    *identity.urls,
    *banks.urls,
    *home.urls,
    *cards.urls,
    *apply.urls,
    *progress.urls,
    *offer.urls,
    *counter.urls,
    *call.urls,
    *agreement.urls,
    *calendar.urls,
    *plan.urls,
    *access.urls,
    *me.urls,
    *demo_inbox.urls,
]
