"""The desk's addresses, one list for each page."""

from heyue.faces.desk import (
    approvals,
    by_mail,
    by_mail_case,
    case_acts,
    cases,
    casework,
    channels,
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
    *channels.urls,
    *by_mail_case.urls,
    *by_mail.urls,
    *payments.urls,
    *clock.urls,
    *erasures.urls,
]
