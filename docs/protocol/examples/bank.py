"""A bank's first day with the gateway, without Django: `python bank.py PLATFORM KEYID=BASE64 SLUG`.

Install the kit alone: `pip install 'heyue[gateway]'`.
"""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from heyue.gateway.client import PlatformClient, Refused, Unreachable
from heyue.gateway.signing import Signer

platform, key, slug = sys.argv[1:4]
with PlatformClient(platform, Signer.read(key), slug) as client:
    for told in client.platform_keys():
        print("platform key", told.keyid, told.alg)
    for negotiation in client.negotiations():
        print("negotiation", negotiation.number, "next event", negotiation.next_sequence)
        event = client.event(
            "officer.assigned",
            negotiation.id,
            int(negotiation.next_sequence),
            datetime.now(ZoneInfo("Asia/Shanghai")).date(),
            {"name": "陈立", "staff_number": "D-1042"},
        )
        # Keep the event before it is sent: after a kill, or after `Unreachable`, the very same is sent again.
        try:
            print("stored at", client.send(event).body["stored_at"])
        except Unreachable as away:
            print("try again later:", away)
            continue
        except Refused as refused:
            print("refused for good:", refused.code, refused.problem)
            continue
        print("became", client.became(event).state)
