"""What an upload may be."""

from vae.confined import Limits

MAX_BYTES = 64 * 2**20
# All that is in an archive or an array together, before any of it is expanded.
MAX_EXPANDED = 2**28
# Photographs compress to a few per cent, sparse drawings to half a per cent; a bomb to a thousandth.
MAX_RATIO = 400
MIN_IMAGES, MAX_IMAGES = 64, 70_000
MAX_MEMBERS = 80_000
MIN_SIDE, MAX_SIDE = 4, 4096
MAX_PIXELS = 16_000_000
# Of all pictures of an archive together: some seconds of decoding.
MAX_ALL_PIXELS = 500_000_000
MAX_CLASSES = 10
CHILD = Limits(memory=2**30, seconds=30, output=2**26)
