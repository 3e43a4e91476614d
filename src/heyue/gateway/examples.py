"""One example of every message, in both directions; a test reads each in its shape."""

from __future__ import annotations

from typing import Any

NEGOTIATION = "0197a3c0-5b8e-7c3a-9d54-2f6f0f6f1c11"
OFFER = "0197a3c0-7777-7c3a-9d54-2f6f0f6f1c22"
AGREEMENT = "0197a3c0-9999-7c3a-9d54-2f6f0f6f1c33"
DISPUTE = "0197a3c0-aaaa-7c3a-9d54-2f6f0f6f1c88"
DISPUTE_QUESTION = "0197a3c0-bbbb-7c3a-9d54-2f6f0f6f1c99"
HASH = "5b0c1d6f0a7c3c9be2f1a4d8c7b6a5948372615049382716f5e4d3c2b1a09f8e"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PDF = {"sha256": DIGEST, "media_type": "application/pdf", "base64": "JVBERi0xLjcK"}
TERMS = {
    "principal": "28400.00",
    "down_payment": "0.00",
    "periods": 48,
    "method": "flat_fee",
    "monthly_rate": "0.003",
    "first_due": "2026-12-18",
    "due_day": 18,
}
OFFERED = {
    "offer_id": OFFER,
    "terms": TERMS,
    "waived": "1200.00",
    "hash": HASH,
    "interest_after_base_date": "waived",
    "valid_until": "2026-12-08",
    "note": "按48期，减免全部违约金。",
}

FROM_BANK: dict[str, dict[str, Any]] = {
    "application.received": {
        "application_number": "HY-20261116-0001-DON",
        "form_sha256": DIGEST,
        "received_at": "2026-11-16T02:30:00Z",
        "received_on": "2026-11-16",
    },
    "standstill.answered": {"granted": True, "until": "2027-01-15"},
    "officer.assigned": {"name": "陈立", "staff_number": "D-1042"},
    "question.asked": {"question_id": "q-1", "text": "店铺的租约什么时候到期？"},
    "offer.made": OFFERED,
    "application.accepted": {
        "offer_id": OFFER,
        "hash": HASH,
        "waived": "1200.00",
        "interest_after_base_date": "waived",
        "valid_until": "2026-12-08",
    },
    "application.refused": {
        "ground": "not-eligible",
        "text": "这些卡不在您名下。",
        "rule": "商业银行信用卡业务监督管理办法 第七十条",
    },
    "counter.accepted": {"counter_id": "c-1", "offer_id": OFFER, "hash": HASH, "valid_until": "2026-12-08"},
    "counter.refused": {"counter_id": "c-1", "text": "期数不能超过60期。"},
    "agreement.signed": {
        "agreement_id": AGREEMENT,
        "document_sha256": DIGEST,
        "schedule_hash": HASH,
        "signer": {"name": "陈立", "staff_number": "D-1042"},
    },
    "collection.stopped": {"agreement_id": AGREEMENT, "from": "2026-11-20"},
    "payment.posted": {
        "payment_id": "p-1",
        "date": "2026-12-18",
        "amount": "676.87",
        "agreement_id": AGREEMENT,
        "period": 1,
        "text": "手机银行还款",
    },
    "dispute.answered": {
        "dispute_id": DISPUTE,
        "question_id": DISPUTE_QUESTION,
        "position": "agrees",
        "text": "这笔款记在了另一张卡上，今天改正入账。",
    },
}

PROOF = {
    "id": "0197a3c0-2222-7c3a-9d54-2f6f0f6f1c55",
    "kind": "income",
    "name": "工资流水.pdf",
    "sha256": DIGEST,
    "media_type": "application/pdf",
    "bytes": 48211,
    "grant": "/v1/proofs/0197a3c0-3333-7c3a-9d54-2f6f0f6f1c66",
}

FROM_PLATFORM: dict[str, dict[str, Any]] = {
    "offer.accepted": {"offer_id": OFFER, "hash": HASH},
    "offer.declined": {"offer_id": OFFER, "reason": "每月还是付不出。"},
    "offer.countered": {
        "counter_id": "c-1",
        "offer_id": OFFER,
        "terms": {**TERMS, "periods": 60},
        "waived": "1200.00",
        "hash": HASH,
        "interest_after_base_date": "waived",
        "reason": "60期每月能付得出。",
    },
    "question.answered": {"question_id": "q-1", "text": "明年三月到期。", "proofs": [PROOF]},
    "answer.chased": {"received_on": "2026-11-16", "due_on": "2026-11-25", "text": "请答复协商申请。"},
    "negotiation.ended": {"reason": "ended-by-holder"},
    "agreement.drawn": {
        "agreement_id": AGREEMENT,
        "offer_id": OFFER,
        "schedule_hash": HASH,
        "terms": TERMS,
        "document": PDF,
    },
    "instalment.warned": {
        "agreement_id": AGREEMENT,
        "period": 4,
        "due": "2027-03-12",
        "wish": "part",
        "can_pay": "300.00",
        "pay_by": "2027-03-20",
        "text": "三月停工，工资晚发。",
    },
    "agreement.signed": {
        "agreement_id": AGREEMENT,
        "document_sha256": DIGEST,
        "signed_at": "2026-11-20T03:00:00Z",
        "method": "one-time-code",
    },
    "agreement.lapsed": {"agreement_id": AGREEMENT, "offer_id": OFFER, "lapsed_on": "2026-12-02"},
    "agreement.completed": {"agreement_id": AGREEMENT, "completed_on": "2030-11-18"},
    "dispute.asked": {
        "dispute_id": DISPUTE,
        "number": "HY-20261116-0001-DON-Y1",
        "question_id": DISPUTE_QUESTION,
        "kind": "payment",
        "said": "12月12日我转了500元，银行的账上没有这一笔。",
        "text": "12月12日有没有收到一笔500元？记在了哪张卡上？",
        "raised_on": "2026-12-21",
        "answer_by": "2026-12-29",
    },
    "dispute.closed": {"dispute_id": DISPUTE, "outcome": "upheld", "text": "款已经找到，银行改正入账了。"},
}

HOLDER = {"name": "林晓", "id_number": "110101199003074477", "phone": "13800005678"}

LINK_ASKED = {
    "consent": {
        "id": "0197a3c0-1111-7c3a-9d54-2f6f0f6f1c44",
        "given_at": "2026-11-16T01:00:00Z",
        "scopes": ["accounts", "statements", "payments"],
    },
    "holder": HOLDER,
}

CARD = {
    "token": "tok-6612",
    "last4": "6612",
    "product": "标准卡",
    "currency": "CNY",
    "balance": "29600.00",
    "owed": {"principal": "28000.00", "interest": "400.00", "fee": "1200.00", "credit": "0.00"},
    "days_overdue": 63,
    "overdue_since": "2026-09-23",
    "accrued": "153.10",
    "next_day_interest": "14.00",
    "statements": [
        {
            "date": "2026-11-05",
            "due_date": "2026-11-23",
            "balance": "29600.00",
            "minimum_payment": "4200.00",
            "interest": "400.00",
            "late_fee": "200.00",
        }
    ],
    "terms": {"daily_rate": "0.0005", "method": "full", "statement_day": 5, "due_day": 23},
    "opening": None,
    "collection": "active",
    "waivable": "1200.00",
}

ACTIVITY_PAGE = {
    "events": [
        {
            "seq": 41,
            "card": "tok-6612",
            "date": "2026-10-14",
            "kind": "payment",
            "amount": "100.00",
            "text": "还了一部分",
        }
    ],
    "next": 41,
    "more": False,
}

APPLICATION = {
    "id": NEGOTIATION,
    "number": "HY-20261116-0001-DON",
    "application_number": "HY-20261116-0001",
    "submitted_on": "2026-11-16",
    "base_date": "2026-11-16",
    "holder": HOLDER,
    "debt": {
        "balance": "29600.00",
        "waivable": "1200.00",
        "currency": "CNY",
        "structure": [
            {
                "card": "tok-6612",
                "last4": "6612",
                "product": "标准卡",
                "principal": "28000.00",
                "interest": "400.00",
                "fee": "1200.00",
                "balance": "29600.00",
                "days_overdue": 63,
            }
        ],
    },
    "asked": {"terms": TERMS, "waived": "1200.00", "hash": HASH, "interest_after_base_date": "waived"},
    "budget": {
        "income": "7000.00",
        "expenses": "4300.00",
        "reserve": "300.00",
        "affordable": "2400.00",
        "other_banks_monthly": "1650.00",
    },
    "hardship": {"kind": "income-fell", "story": "店里生意少了一半，孩子又住了院。"},
    "proofs": [PROOF],
    "form": PDF,
    "standstill": {"requested": True, "until": "2027-01-15"},
}


def event(name: str, data: dict[str, Any], source: str) -> dict[str, Any]:
    """Return a whole CloudEvents object around an example's data."""
    return {
        "specversion": "1.0",
        "id": "0197a3c0-4444-7c3a-9d54-2f6f0f6f1c77",
        "source": source,
        "type": f"heyue.{name}.v1",
        "subject": NEGOTIATION,
        "time": "2026-11-16T02:30:00Z",
        "businessdate": "2026-11-16",
        "sequence": "1",
        "datacontenttype": "application/json",
        "data": data,
    }
