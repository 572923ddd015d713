"""How the process takes memory from the system: glibc gives freed memory back too eagerly for a training."""

import ctypes

# Of glibc's <malloc.h>.
M_TOP_PAD = -2
TOP_PAD_BYTES = 16 << 20


def keep_freed_memory() -> None:
    """Makes glibc take memory from the system 16 MiB at a time and keep as much when it is freed.

    TensorFlow takes and frees the batch's tensors in every step, in threads of its own. By default glibc hands each
    thread's memory back as soon as it is free, and the system fills the same pages with zeros again in the next step:
    two million page faults in three epochs of `fit`, a third of its time. Does nothing where there is no glibc.

    Source: mallopt(3), M_TOP_PAD; the figures are in docs/speed.md.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_TOP_PAD, TOP_PAD_BYTES)
