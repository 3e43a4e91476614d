"""Fetch again what src/heyue/assets holds of others' work, at the versions named here, and record its hashes.

Run by a developer, never by set-up: the results are committed. Needs npm and Debian's apt (assets/README.md).
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

ASSETS = Path(__file__).resolve().parents[2] / "src" / "heyue" / "assets"

WEUI, TABLER, HTMX, ICONS = "weui@2.6.26", "@tabler/core@1.6.1", "htmx.org@2.0.11", "@tabler/icons@3.52.0"
NOTO = "fonts-noto-cjk=1:20220127+repack1-1"

ICON_NAMES = """
adjustments alert-circle alert-triangle arrow-back-up arrow-down arrow-left arrow-right arrow-up
bell bolt book building-bank calculator calendar calendar-check calendar-due calendar-event camera
cash certificate chart-bar chart-line check chevron-down chevron-left chevron-right chevron-up
circle circle-check circle-x clipboard-check clipboard-list clock clock-exclamation clock-pause
coin-yuan copy credit-card device-mobile dots download edit external-link eye eye-off file
file-check file-text filter fingerprint gavel hand-stop heart-handshake help-circle history home id
id-badge-2 inbox info-circle key language link list-check list-search loader-2 lock lock-open logout mail
map-pin menu-2 message message-2 message-report messages minus moon note notes paperclip pencil
phone phone-call phone-off photo player-pause player-stop plus printer qrcode receipt refresh report-money
rotate scale search send settings shield shield-check shield-lock signature sitemap star sun
text-size trash trending-down upload user user-check user-plus users volume wallet wifi-off writing-sign x
zoom-in zoom-out
"""

# The characters of 通用规范汉字表 (2013) outside the basic block U+4E00–9FFF.
TABLE_EXTRAS = """
㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢
䴓䴔䴕䴖䴗䴘䴙䶮𠅤𠙶𠳐𡎚𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓
𫑡𫓧𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡𬘩𬘫𬘬
𬘭𬘯𬙂𬙊𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕
𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓
"""

# ASCII, Latin, general punctuation, currency, letter-like signs, arrows, mathematics, enclosed digits, boxes,
# shapes, CJK punctuation, enclosed CJK, CJK units, full-width forms.
SIGNS = (
    (0x20, 0x17F), (0x2C6, 0x2DD), (0x2010, 0x205E), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2150, 0x218B),
    (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2460, 0x24FF), (0x2500, 0x27BF), (0x3000, 0x303F),
    (0x3200, 0x33FF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF),
)  # fmt: skip


def main() -> None:
    """Fetch, build and record everything."""
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        npm = {spec: unpack_npm(spec, at) for spec in (WEUI, TABLER, HTMX, ICONS)}
        records = [
            *take(npm[WEUI], WEUI, "MIT", "dist/style/weui.min.css", "LICENSE.txt", "weui"),
            *take(npm[TABLER], TABLER, "MIT", "dist/css/tabler.min.css", None, "tabler"),
            *take(npm[HTMX], HTMX, "0BSD", "dist/htmx.min.js", "LICENSE", "htmx"),
            *draw_icons(npm[ICONS]),
            *cut_fonts(at),
        ]
    text = json.dumps({"files": records}, ensure_ascii=False, indent=2) + "\n"
    (ASSETS / "VERSIONS.json").write_text(text, encoding="utf-8")
    print(f"{len(records)} files recorded in {ASSETS / 'VERSIONS.json'}")


def unpack_npm(spec: str, at: Path) -> Path:
    """Download one npm package and return the folder of its contents."""
    packed = subprocess.run(["npm", "pack", "--silent", spec], cwd=at, check=True, capture_output=True, text=True)
    target = at / re.sub(r"\W+", "-", spec)
    shutil.unpack_archive(at / packed.stdout.split()[-1], target)
    return target / "package"


def record(at: Path, source: str, licence: str, **more: str) -> dict[str, str]:
    """Describe one vendored file: where it is, what it was taken from, under which licence, its SHA-256."""
    digest = hashlib.sha256(at.read_bytes()).hexdigest()
    return {
        "file": str(at.relative_to(ASSETS)),
        "source": source,
        "licence": licence,
        "sha256": digest,
        **more,
    }


def take(package: Path, spec: str, licence: str, file: str, terms: str | None, name: str) -> list[dict[str, str]]:
    """Copy one published file and its licence text. A source map that is not shipped is not pointed at."""
    data = (package / file).read_bytes()
    mapless = re.sub(rb"\n?/\*# sourceMappingURL=\S+ \*/\s*$", b"\n", data)
    target = ASSETS / "static" / "vendor" / Path(file).name
    target.write_bytes(mapless)
    more = {} if mapless == data else {"changed": "the pointer to its source map is left out"}
    more["published_sha256"] = hashlib.sha256(data).hexdigest()
    records = [record(target, spec, licence, path=file, **more)]
    if terms is None:  # the licence stands in the file's head
        return records
    licence_file = ASSETS / "static" / "vendor" / f"LICENSE-{name}.txt"
    shutil.copyfile(package / terms, licence_file)
    return [*records, record(licence_file, spec, licence, path=terms)]


def draw_icons(package: Path) -> list[dict[str, str]]:
    """Put the named outline icons into one sprite; each symbol's id is the icon's published name."""
    symbols = []
    for name in sorted(set(ICON_NAMES.split())):
        svg = (package / "icons" / "outline" / f"{name}.svg").read_text(encoding="utf-8")
        shapes = re.findall(r"<(?:path|circle|line|rect|polyline)\b[^>]*/>", svg)
        drawn = "".join(re.sub(r"\s*/>$", "/>", shape) for shape in shapes if "M0 0h24v24H0z" not in shape)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawn}</symbol>')
    sprite = ASSETS / "static" / "heyue" / "icons.svg"
    body = "\n".join(symbols)
    sprite.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n', encoding="utf-8")
    licence = ASSETS / "static" / "vendor" / "LICENSE-tabler-icons.txt"
    shutil.copyfile(package / "LICENSE", licence)
    return [
        record(sprite, ICONS, "MIT", path="icons/outline/*.svg", changed="joined into one sprite"),
        record(licence, ICONS, "MIT", path="LICENSE"),
    ]


def cut_fonts(at: Path) -> list[dict[str, str]]:
    """Take the two subsets of Noto Sans CJK SC out of Debian's package."""
    subprocess.run(["apt-get", "download", "-q", NOTO], cwd=at, check=True)
    subprocess.run(["dpkg", "-x", next(at.glob("fonts-noto-cjk*.deb")), "noto"], cwd=at, check=True)
    shared = at / "noto" / "usr" / "share"
    signs = {point for first, last in SIGNS for point in range(first, last + 1)}
    common = {*range(0x4E00, 0xA000), *map(ord, "".join(TABLE_EXTRAS.split()))}
    records = []
    for weight, characters in (("Regular", common), ("Bold", set(gb2312()))):
        target = ASSETS / "fonts" / f"NotoSansCJKsc-{weight}.otf"
        with TTCollection(shared / "fonts" / "opentype" / "noto" / f"NotoSansCJK-{weight}.ttc") as collection:
            font = next(f for f in collection.fonts if f["name"].getDebugName(1) == "Noto Sans CJK SC")
            cut(font, signs | characters, target)
        changed = "subset of characters and features"
        records.append(record(target, f"Debian {NOTO}", "OFL-1.1", path=f"NotoSansCJK-{weight}.ttc", changed=changed))
    licence = ASSETS / "fonts" / "LICENSE-noto-cjk.txt"
    shutil.copyfile(shared / "doc" / "fonts-noto-cjk" / "copyright", licence)
    return [*records, record(licence, f"Debian {NOTO}", "OFL-1.1", path="copyright")]


def gb2312() -> Iterable[int]:
    """Yield the code points of GB 2312, signs and characters."""
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                yield ord(bytes((row, cell)).decode("gb2312"))
            except UnicodeDecodeError:
                continue


def cut(font: TTFont, points: set[int], target: Path) -> None:
    """Write the glyphs of these code points, with the features that horizontal Chinese setting uses."""
    options = subset.Options()
    options.layout_features = ["ccmp", "kern", "liga", "mark", "palt", "halt", "calt"]
    options.name_IDs = ["*"]
    options.name_languages = [0x409, 0x804]
    options.hinting = False
    options.notdef_outline = True
    font.recalcTimestamp = False
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(font)
    font.save(target)


if __name__ == "__main__":
    sys.exit(main())
