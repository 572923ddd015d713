"""Images in a zip file of PNG and JPEG, with the folders as labels. No path of a member is ever used as one."""

import io
import zipfile
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vae.confined import Refused
from vae.uploads import archive
from vae.uploads.limits import MAX_ALL_PIXELS, MAX_PIXELS
from vae.uploads.pixels import Found, check_count, check_side, squared

FORMATS = ("PNG", "JPEG")
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
# JPEG can be decoded at an eighth of its size or more; so large is large enough to be scaled down from.
DRAFT = 4 * 28


def read_pictures(file: zipfile.ZipFile) -> Found:
    """The pictures of a zip file.

    Raises:
        Refused: it holds none, too few, or some that are too large.
    """
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    members = [member for member in file.infolist() if not member.is_dir() and not _hidden(member.filename)]
    images, folders, sizes = [], [], set()
    pixels = 0
    for member in members:
        opened = _opened(archive.read(file, member))
        if opened is None:
            continue
        size = opened.height, opened.width
        pixels += size[0] * size[1]
        if pixels > MAX_ALL_PIXELS:
            raise Refused(
                f"The pictures have more than {MAX_ALL_PIXELS // 10**6} million pixels together; scale them down."
            )
        image = _decoded(opened)
        if image is not None:
            images.append(image)
            sizes.add(size)
            folders.append(PurePosixPath(member.filename.replace("\\", "/")).parent.name)
    if not images:
        raise Refused("The archive holds no PNG or JPEG and no NumPy arrays.")
    check_count(len(images))
    stacked = np.stack(images)
    if stacked.min() == stacked.max():
        raise Refused("There is nothing to see: all pixels have the same grey.")
    left_out = len(members) - len(images)
    aside = f"{left_out:,} of {len(members):,} files are no readable PNG or JPEG and were left out." if left_out else ""
    labels = np.array(folders) if len(set(folders)) > 1 else None
    return Found(stacked, _in_words(sizes), f"values from {stacked.min()} to {stacked.max()}", labels, aside)


def _hidden(name: str) -> bool:
    return any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _opened(content: bytes) -> Image.Image | None:
    """A picture whose header has been read; None if it is none."""
    if not content.startswith(MAGIC):
        return None
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(f"A picture has too many pixels: at most {MAX_PIXELS // 10**6} million are read.") from None
    except MemoryError:
        raise
    except Exception:  # Pillow's readers raise many kinds
        return None
    if image.width * image.height > MAX_PIXELS:
        raise Refused(f"A picture has too many pixels: at most {MAX_PIXELS // 10**6} million are read.")
    check_side(image.height, image.width)
    return image


def _decoded(image: Image.Image) -> NDArray[np.uint8] | None:
    """The picture as uint8 [28, 28], turned as its EXIF data say, transparent parts on white; None if damaged."""
    try:
        image.draft("L", (DRAFT, DRAFT))
        if image.mode.startswith("I"):  # 16 bits, which Pillow would clip to 8
            image = Image.fromarray((np.asarray(image, np.float32) / 257).clip(0, 255).astype(np.uint8))
        image = ImageOps.exif_transpose(image)
        if image.has_transparency_data:
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
        return squared(image.convert("L"))
    except MemoryError:
        raise
    except Exception:  # as in `_opened`
        return None


def _in_words(sizes: set[tuple[int, int]]) -> str:
    if len(sizes) == 1:
        height, width = sizes.pop()
        return f"{height} × {width} pixels"
    heights, widths = zip(*sizes, strict=True)
    return f"{min(heights)} × {min(widths)} to {max(heights)} × {max(widths)} pixels"
