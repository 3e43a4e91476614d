"""The sandbox bank's command line: `python -m sandbox_bank init …` and `… serve …`."""

import argparse
import json
import logging
import sys
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from sandbox_bank import database, onboarding, profile, signing, wrongs
from sandbox_bank.bank import Bank
from sandbox_bank.faults import KINDS, Faults
from sandbox_bank.heyue_command import HeyueCommand

BAD_USE = 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it ended well, 2 with a clear line on standard error when it could not begin."""
    chosen = _parser().parse_args(arguments)
    try:
        done: int = chosen.run(chosen)
    except ValueError as error:
        print(f"sandbox_bank: {error}", file=sys.stderr)
        return BAD_USE
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox_bank", description="模拟银行: tries the gateway protocol")
    commands = parser.add_subparsers(required=True, metavar="init|key|serve|mailbox")
    init = commands.add_parser("init", help="create the bank (again: no change) and print its onboarding facts")
    init.add_argument("--db", type=Path, required=True)
    init.add_argument("--profile", choices=profile.NAMES, required=True)
    init.add_argument("--slug", default="", help="the bank's own name, where it is not the profile's")
    init.add_argument("--today", type=date.fromisoformat, required=True, help="the first business date")
    init.add_argument("--alg", choices=(signing.ED25519, signing.SM2_SM3), default=signing.ED25519)
    init.add_argument("--json", action="store_true", help="one line of JSON instead of indented JSON")
    init.set_defaults(run=_init)
    key = commands.add_parser("key", help="print the bank's private key, for a conformance run in its name")
    key.add_argument("--db", type=Path, required=True)
    key.set_defaults(run=_private_key)
    serving = commands.add_parser("serve", help="serve the protocol, the bank's page and its control address")
    serving.add_argument("--db", type=Path, required=True)
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, required=True)
    serving.add_argument("--control-port", type=int, required=True)
    serving.add_argument("--public-url", action="append", default=[], help="an address the platform reaches it at")
    serving.add_argument("--platform-url", required=True)
    serving.add_argument("--platform-key", action="append", required=True, metavar="KEYID=BASE64")
    serving.add_argument("--heyue", required=True, metavar="CMD", help='the calculator, e.g. "bin/heyue"')
    serving.add_argument("--fault", choices=KINDS, default="none")
    serving.add_argument("--wrong", action="append", default=[], choices=wrongs.NAMES, help="be wrong in one way")
    serving.add_argument("--retry-seconds", type=float, default=2.0, help="the first pause before a retry")
    serving.set_defaults(run=_serve)
    mailbox = commands.add_parser("mailbox", help="take the mails of banks without a system, and show them on a page")
    mailbox.add_argument("--folder", type=Path, required=True, help="where the mails are kept")
    mailbox.add_argument("--replies", type=Path, required=True, help="where replies are laid for the platform")
    mailbox.add_argument("--host", choices=("127.0.0.1", "localhost"), default="127.0.0.1")
    mailbox.add_argument("--port", type=int, required=True, help="of the page")
    mailbox.add_argument("--smtp-port", type=int, required=True)
    mailbox.set_defaults(run=_mailbox)
    return parser


def _init(chosen: argparse.Namespace) -> int:
    facts = onboarding.open_bank(chosen.db, chosen.profile, chosen.today, chosen.alg, chosen.slug)
    print(json.dumps(facts, ensure_ascii=False, indent=None if chosen.json else 2))
    return 0


def _private_key(chosen: argparse.Namespace) -> int:
    if not chosen.db.exists():
        raise ValueError(f"{chosen.db} is not there: run `init` first")
    with database.opened(chosen.db) as connection:
        print(f"{database.setting(connection, 'keyid')}={database.setting(connection, 'private_key')}")
    return 0


def _serve(chosen: argparse.Namespace) -> int:
    # The web framework takes most of a start; `init`, which the demo runs for every bank, does without it.
    from sandbox_bank import serve

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    bank = _bank(chosen)
    try:
        main_port = serve.listen(chosen.host, chosen.port)
        control_port = serve.listen(chosen.host, chosen.control_port)
    except serve.PortInUse as error:
        raise ValueError(str(error)) from error
    where = f"http://{chosen.host}:{main_port.getsockname()[1]}/"

    def ready() -> None:
        print(f"{bank.profile.name} {where}", flush=True)

    serve.run(bank, main_port, control_port, ready)
    return 0


def _mailbox(chosen: argparse.Namespace) -> int:
    from sandbox_bank import mailbox_page, serve
    from sandbox_bank.mailbox import Mailbox

    try:
        web, mail = serve.listen(chosen.host, chosen.port), serve.listen(chosen.host, chosen.smtp_port)
    except serve.PortInUse as error:
        raise ValueError(str(error)) from error
    where = f"http://{chosen.host}:{web.getsockname()[1]}/"
    mailbox_page.run(Mailbox(chosen.folder, chosen.replies), web, mail, lambda: print(f"邮箱 {where}", flush=True))
    return 0


def _bank(chosen: argparse.Namespace) -> Bank:
    if not chosen.db.exists():
        raise ValueError(f"{chosen.db} is not there: run `init` first")
    database.create(chosen.db)
    with database.opened(chosen.db) as connection:
        try:
            own = onboarding.profile_of(connection)
        except KeyError:
            raise ValueError(f"{chosen.db} holds no bank: run `init` first") from None
    hosts = {f"{name}:{chosen.port}" for name in ("127.0.0.1", "localhost", chosen.host)}
    hosts |= {urlsplit(url).netloc.lower() for url in chosen.public_url}
    return Bank(
        path=chosen.db,
        profile=own,
        engine=HeyueCommand(chosen.heyue, chosen.db),
        platform_url=chosen.platform_url.rstrip("/"),
        platform_keys=dict(_key(text) for text in chosen.platform_key),
        authorities=frozenset(hosts),
        retry_seconds=chosen.retry_seconds,
        faults=Faults(chosen.fault),
        wrongs=wrongs.Wrongs(chosen.wrong),
    )


def _key(text: str) -> tuple[str, signing.PublicKey]:
    keyid, _, value = text.partition("=")
    if not keyid or not value:
        raise ValueError("--platform-key is KEYID=BASE64")
    return keyid, signing.public_key(value)


if __name__ == "__main__":
    sys.exit(main())
