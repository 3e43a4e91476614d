"""Gather every string of the pages into the English translation, and compile it.

    .venv/bin/python bin/lib/refresh_translations.py           gather, keep what is translated, compile
    .venv/bin/python bin/lib/refresh_translations.py --missing print what has no English yet

Run by a developer after changing words (docs/guide/translate.md); needs Debian's gettext. What it writes is committed,
so that set-up and the demo need no such tool.
"""

import os
import sys
from pathlib import Path

import django
import polib
from django.core.management.commands.makemessages import Command

ROOT = Path(__file__).resolve().parents[2]
HEYUE = ROOT / "src" / "heyue"
ENGLISH = HEYUE / "locale" / "en" / "LC_MESSAGES" / "django.po"


class Gather(Command):
    """Django's own gathering, with the house's words() and lazy(), and with no guessed translations."""

    xgettext_options = [*Command.xgettext_options, "--keyword=words", "--keyword=lazy", "--keyword=words_n:1,2"]
    msgmerge_options = [*Command.msgmerge_options, "--no-fuzzy-matching", "--sort-output"]
    msguniq_options = [*Command.msguniq_options, "--sort-output"]
    msgattrib_options = ["--no-obsolete"]


def gather() -> None:
    """Bring django.po up to the strings of the source."""
    os.chdir(HEYUE)
    options = ("--locale=en", "--no-location", "--no-wrap", "--no-obsolete")
    Gather().run_from_argv(["django-admin", "makemessages", *options])


def compiled() -> None:
    """Write django.mo beside it."""
    messages = polib.pofile(str(ENGLISH), wrapwidth=0)
    messages.header = "English words of the pages. Terms: docs/guide/translate.md"
    messages.metadata_is_fuzzy = False
    messages.metadata = {
        "Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for entry in messages.fuzzy_entries():  # what changed is translated anew, never guessed
        entry.flags.remove("fuzzy")
        entry.previous_msgid = entry.previous_msgid_plural = None
        entry.msgstr, entry.msgstr_plural = "", {}
    messages.save()
    messages.save_as_mofile(str(ENGLISH.with_suffix(".mo")))
    missing = messages.untranslated_entries()
    print(f"{len(messages)} strings, {len(missing)} without English")
    if "--missing" in sys.argv:
        for entry in missing:
            print(entry.msgid)


if __name__ == "__main__":
    os.environ.setdefault("HEYUE_MODE", "test")
    os.environ["DJANGO_SETTINGS_MODULE"] = "heyue.settings"
    sys.path.insert(0, str(ROOT / "src"))
    django.setup()
    gather()
    compiled()
