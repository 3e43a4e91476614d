"""Others' work that we ship is what its record says, and does what we ship it for."""

import hashlib
import json
import re
from pathlib import Path

import pytest
import typst
from django.core.management import call_command
from fontTools.ttLib import TTFont
from pytest_django.fixtures import Settings

ASSETS = Path(__file__).resolve().parents[2] / "src" / "heyue" / "assets"
RECORDS = json.loads((ASSETS / "VERSIONS.json").read_text(encoding="utf-8"))["files"]
FONTS = ASSETS / "fonts"
LICENCES = {"MIT", "0BSD", "OFL-1.1"}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["file"])
def test_file_is_the_recorded_one(record: dict[str, str]) -> None:
    assert hashlib.sha256((ASSETS / record["file"]).read_bytes()).hexdigest() == record["sha256"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["file"])
def test_record_tells_source_and_licence(record: dict[str, str]) -> None:
    assert record["source"]
    assert record["path"]
    assert record["licence"] in LICENCES


def test_every_vendored_file_is_recorded() -> None:
    shipped = [*(ASSETS / "static" / "vendor").iterdir(), *FONTS.iterdir()]
    recorded = {record["file"] for record in RECORDS}
    assert {str(path.relative_to(ASSETS)) for path in shipped} <= recorded


def test_every_icon_of_a_template_is_in_the_sprite() -> None:
    sprite = (ASSETS / "static" / "heyue" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
    templates = (ASSETS.parent / "faces").rglob("*.html")
    used = {
        name for path in templates for name in re.findall(r"icons\.svg' %}#([a-z0-9-]+)\"", path.read_text("utf-8"))
    }
    assert used <= drawn


def test_regular_prints_any_common_name() -> None:
    drawn = TTFont(FONTS / "NotoSansCJKsc-Regular.otf").getBestCmap()
    # 20,976 is what the published font has of the block; 䶮 𬭎 𫚖 stand in names and outside it.
    assert sum(point in drawn for point in range(0x4E00, 0xA000)) == 20_976
    assert all(ord(sign) in drawn for sign in "䶮𬭎𫚖·〇，。《》“”¥①㈠№%‰")


def test_bold_has_gb_2312() -> None:
    drawn = TTFont(FONTS / "NotoSansCJKsc-Bold.otf").getBestCmap()
    rows = [bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)]
    characters = [text for raw in rows if (text := raw.decode("gb2312", "ignore"))]
    assert len(characters) == 6_763
    assert all(ord(character) in drawn for character in characters)


def test_both_weights_typeset_with_no_font_of_the_system() -> None:
    page = '#set text(font: "Noto Sans CJK SC", fallback: false)\n= 还款协议\n每月还 ¥1,812.30，*最晚*12月5日'
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    assert {(font.family, font.weight) for font in fonts.fonts()} == {
        ("Noto Sans CJK SC", 400),
        ("Noto Sans CJK SC", 700),
    }
    pdf = typst.compile(page.encode(), font_paths=[str(FONTS)], ignore_system_fonts=True)
    assert pdf.startswith(b"%PDF-")
    assert b"NotoSansCJKsc-Regular" in pdf
    assert b"NotoSansCJKsc-Bold" in pdf


def test_static_files_can_be_collected_under_hashed_names(tmp_path: Path, settings: Settings) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert list((tmp_path / "vendor").glob("tabler.min.*.css"))
