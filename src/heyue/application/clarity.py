"""How well a photographed paper can be read (清晰度): gentle hints from its pixels, computed beside the washing.

A hint never refuses a file: thresholds are set so that a paper in focus on a table gets none. Each is a code of
``HINTS``; the face says it in words. Works on a picture already decoded; standard Pillow only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

HINTS = ("too-small", "too-dark", "blurred", "cut-off")
SIDE_PIXELS = 1000
LONG_SIDE_PIXELS_MIN = 800
BRIGHTNESS_MIN = 60
SHARPNESS_MIN = 90
TILES = 4
STRIP_SHARE = 50
EDGE_LEVEL = 64
WRITING_SHARE_MIN = 0.01
AT_THE_RIM = 0.7
SCREEN_RATIO = 1.9
LAPLACIAN = (-1, -1, -1, -1, 8, -1, -1, -1, -1)


def hints_on(picture: Image.Image) -> list[str]:
    """Return what may make this picture hard to read, in the order of ``HINTS``."""
    from PIL import ImageStat

    found = []
    if max(picture.size) < LONG_SIDE_PIXELS_MIN:
        found.append("too-small")
    grey = picture.convert("L")
    grey.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
    if ImageStat.Stat(grey).mean[0] < BRIGHTNESS_MIN:
        found.append("too-dark")
    if _sharpest(grey) < SHARPNESS_MIN:
        found.append("blurred")
    if _runs_over_the_rim(grey):
        found.append("cut-off")
    return found


def _sharpest(grey: Image.Image) -> float:
    """Return the variance of the Laplacian in the sharpest of sixteen tiles: writing in focus has it somewhere."""
    from PIL import ImageFilter, ImageStat

    edges = grey.filter(ImageFilter.Kernel((3, 3), LAPLACIAN, scale=4, offset=128))
    # The filter leaves the outermost pixels as they are.
    edges = edges.crop((1, 1, edges.width - 1, edges.height - 1))
    width, height = edges.size
    best = 0.0
    for column in range(TILES):
        for row in range(TILES):
            left, upper = column * width // TILES, row * height // TILES
            right, lower = (column + 1) * width // TILES, (row + 1) * height // TILES
            if right - left > 2 and lower - upper > 2:
                best = max(best, ImageStat.Stat(edges.crop((left, upper, right, lower))).var[0])
    return best


def _runs_over_the_rim(grey: Image.Image) -> bool:
    """Whether along one side there is about as much writing as in the middle, so that some of it is outside."""
    from PIL import ImageFilter

    width, height = grey.size
    strip_x, strip_y = max(4, width // STRIP_SHARE), max(4, height // STRIP_SHARE)
    if width < 8 * strip_x or height < 8 * strip_y:
        return False
    # The filter leaves the outermost pixels as they are, so the strips begin inside them.
    inked = grey.filter(ImageFilter.FIND_EDGES).point(lambda level: 255 if level > EDGE_LEVEL else 0)
    inner = _share(inked, (2 * strip_x, 2 * strip_y, width - 2 * strip_x, height - 2 * strip_y))
    if inner < WRITING_SHARE_MIN:
        return False
    sides = [(2, 2, 2 + strip_x, height - 2), (width - 2 - strip_x, 2, width - 2, height - 2)]
    if height < SCREEN_RATIO * width:
        # A picture of a phone's screen, cut out of a long list, has writing at its top and bottom, and that is right.
        sides += [(2, 2, width - 2, 2 + strip_y), (2, height - 2 - strip_y, width - 2, height - 2)]
    return any(_share(inked, side) > AT_THE_RIM * inner for side in sides)


def _share(inked: Image.Image, box: tuple[int, int, int, int]) -> float:
    from PIL import ImageStat

    lit: float = ImageStat.Stat(inked.crop(box)).mean[0]
    return lit / 255
