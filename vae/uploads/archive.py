"""Opening a zip file that a stranger sent: what its directory promises is checked before anything is expanded."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from vae.confined import Refused
from vae.uploads.limits import MAX_EXPANDED, MAX_MEMBERS, MAX_RATIO

# The other methods of zipfile expand a block without asking how large it becomes.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def opened(payload: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive, if all that it holds together is within the limits.

    Raises:
        Refused: it is too large, encrypted, in another compression, or damaged (also while it is read).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            _check(archive.infolist(), len(payload))
            yield archive
    except (Refused, MemoryError):
        raise
    except Exception:  # zipfile and zlib raise many kinds
        raise Refused("The archive is damaged or cut off.") from None


def read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The content of a member: never more than the directory said, which was checked; another length is damage."""
    with archive.open(member) as stream:
        content = stream.read(member.file_size + 1)
    if len(content) != member.file_size:
        raise zipfile.BadZipFile
    return content


def _check(members: list[zipfile.ZipInfo], size: int) -> None:
    if not members:
        raise Refused("The archive is empty.")
    if len(members) > MAX_MEMBERS:
        raise Refused(f"The archive holds {len(members):,} files, and at most {MAX_MEMBERS:,} are read.")
    if any(member.flag_bits & 1 for member in members):
        raise Refused("The archive is encrypted; upload it without a password.")
    if any(member.compress_type not in METHODS for member in members):
        raise Refused("The archive is compressed in a way that is not read here; zip it in the usual way (deflate).")
    total = sum(member.file_size for member in members)
    if total > MAX_EXPANDED or total > MAX_RATIO * size:
        raise Refused(
            f"Expanded, the archive would take up {total / 2**20:,.0f} MB, {total / size:,.0f} times its size; at most "
            f"{MAX_EXPANDED >> 20} MB and {MAX_RATIO} times are read."
        )
