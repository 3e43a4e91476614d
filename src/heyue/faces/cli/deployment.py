"""Setting Django up for a command that needs the deployment's settings."""

from __future__ import annotations

import os
import sys

EXIT_NOT_CONFIGURED = 2


def set_up(*, signs: bool = False) -> bool:
    """Set Django up; where a setting is missing, say which on standard error and return False.

    ``signs``: the command speaks to banks, so the platform's key must be there.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heyue.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
        if signs:
            from heyue.banks.reads import platform_signer

            platform_signer()
    except ImproperlyConfigured as missing:
        print(missing, file=sys.stderr)
        return False
    return True
