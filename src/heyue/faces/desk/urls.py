"""The desk's addresses, one list for each page."""

from heyue.faces.desk import (
    approvals,
    case_acts,
    cases,
    casework,
    clock,
    erasures,
    exports,
    messages,
    payments,
    policy,
    reviews,
    signin,
    sla,
)

urlpatterns = [
    *signin.urls,
    *reviews.urls,
    *cases.urls,
    *case_acts.urls,
    *casework.urls,
    *approvals.urls,
    *policy.urls,
    *exports.urls,
    *sla.urls,
    *messages.urls,
    *payments.urls,
    *clock.urls,
    *erasures.urls,
]
