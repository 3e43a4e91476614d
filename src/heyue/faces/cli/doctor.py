"""``heyue doctor``: looks a deployment over, line by line, and says what to mend."""

from __future__ import annotations

import argparse
from base64 import b64decode
from collections.abc import Callable
from typing import NamedTuple

from heyue.faces.cli import deployment

EXIT_NOT_WELL = 1
KEK_BYTES = 32


class Check(NamedTuple):
    """One thing that must hold: its name, and what looks (a sentence when something is wrong, else empty)."""

    name: str
    wrong: Callable[[], str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none: it reads the environment that the other processes read."""


def run(arguments: argparse.Namespace) -> int:
    """Print one line a check. Exit 0 when all is well, 1 when not, 2 when a setting is missing."""
    if not deployment.set_up():
        return deployment.EXIT_NOT_CONFIGURED
    well = True
    for check in CHECKS:
        try:
            wrong = check.wrong()
        except Exception as error:  # whatever breaks is the finding
            wrong = f"{type(error).__name__}: {error}"
        well = well and not wrong
        print(f"{'✗' if wrong else '✓'} {check.name}{'：' + wrong if wrong else ''}")
    return 0 if well else EXIT_NOT_WELL


def _database() -> str:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    connection.ensure_connection()
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"还有 {len(waiting)} 个迁移没做：python -m django migrate" if waiting else ""


def _sealing() -> str:
    from django.conf import settings

    if len(b64decode(settings.HEYUE_KEK)) != KEK_BYTES:
        return "HEYUE_KEK 要是 32 个随机字节的 base64：openssl rand -base64 32"
    return ""


def _signing() -> str:
    from heyue.banks.reads import platform_signer

    platform_signer()
    return ""


def _texts() -> str:
    from django.conf import settings
    from django.utils.module_loading import import_string

    import_string(settings.HEYUE_SMS_PROVIDER)()
    return ""


def _files() -> str:
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    name = default_storage.save("doctor/trial", ContentFile(b"trial"))
    default_storage.delete(name)
    return ""


def _static() -> str:
    from django.conf import settings

    manifest = settings.STATIC_ROOT / "staticfiles.json"
    return "" if manifest.exists() else "页面文件还没收集：python -m django collectstatic --no-input"


def _papers() -> str:
    from heyue.documents.coverage import FONTS, drawable

    return "" if ord("协") in drawable(FONTS) else "缺中文字体，申请表排不出来，请重新安装"


def _banks() -> str:
    from heyue.banks.reads import banks, in_use
    from heyue.engine.moves import PLATFORM

    silent = [bank.name for bank in banks(PLATFORM) if not bank.keys.filter(in_use()).exists()]
    return f"这些银行没有在用的公钥，它们的回执验不了：{'、'.join(silent)}" if silent else ""


CHECKS = (
    Check("数据库和迁移", _database),
    Check("加密主密钥", _sealing),
    Check("签名密钥", _signing),
    Check("短信通道", _texts),
    Check("文件存放", _files),
    Check("页面文件", _static),
    Check("排版字体", _papers),
    Check("银行公钥", _banks),
)
