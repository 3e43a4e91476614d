"""Write the pages of docs/ that are drawn from the code: ``.venv/bin/python docs/draw.py``."""

import os
from pathlib import Path

os.environ.setdefault("HEYUE_MODE", "test")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heyue.settings")

import django

django.setup()

from heyue.faces.bank import drawn as gateway  # noqa: E402
from heyue.faces.cli import portfolio_published  # noqa: E402
from heyue.journey import drawn  # noqa: E402 - Django's settings come first
from heyue.policy import drawn as rules  # noqa: E402

DOCS = Path(__file__).parent

if __name__ == "__main__":
    (DOCS / "journey.md").write_text(drawn.page(), encoding="utf-8")
    (DOCS / "protocol" / "reference.md").write_text(gateway.page(), encoding="utf-8")
    (DOCS / "protocol" / "openapi.json").write_text(gateway.document(), encoding="utf-8")
    (DOCS / "rules.md").write_text(rules.page(), encoding="utf-8")
    (DOCS / "schemas" / "portfolio.json").write_text(portfolio_published.page(), encoding="utf-8")
