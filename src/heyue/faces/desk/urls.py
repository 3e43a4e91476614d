"""The desk's addresses, one list for each page."""

from heyue.faces.desk import case_acts, cases, clock, erasures, messages, payments, reviews, signin, sla

urlpatterns = [
    *signin.urls,
    *reviews.urls,
    *cases.urls,
    *case_acts.urls,
    *sla.urls,
    *messages.urls,
    *payments.urls,
    *clock.urls,
    *erasures.urls,
]
