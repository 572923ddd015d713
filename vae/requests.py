"""What visitors ask for: the one place through which pages change anything.

Every function takes the visitor first, and raises `NotAllowedError` (of which `QuotaError` is one), `StoreError` or
`DataError`, each with one sentence, before anything has changed.
"""

import io
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from vae import own_data, quotas
from vae.access import TERMINAL, Visitor, check, refusal
from vae.config import RunConfig
from vae.confined import Refused, confined
from vae.data import check as check_data
from vae.exports import files
from vae.footprint import disk_bytes
from vae.jobs import likelihood, local
from vae.quotas import QuotaError, Quotas
from vae.runs import Run, Store, copies, disk, likelihoods, queue
from vae.runs.archive import BundleError

_estimating = threading.Lock()


def why_not_start(visitor: Visitor, record: Store, *configs: RunConfig) -> str:
    """Why these trainings, a config each, cannot be started now, a sentence, or "" if they can."""
    if visitor == TERMINAL:
        return ""
    if reason := refusal(visitor):
        return reason
    limits = quotas.read()
    if reason := _too_large(limits, configs):
        return reason
    return _too_many(limits, visitor, configs, record)


def start(
    visitor: Visitor, record: Store, config: RunConfig, loops: tuple[str, ...], name: str = "", seeds: int = 1
) -> list[str]:
    """Queues `config` once for every loop and seed, see `vae.jobs.local.submit`, and returns the runs' ids.

    A visitor who asks for what they have waiting or training already gets the ids of that.
    """
    check(visitor)
    check_data(config)
    if visitor == TERMINAL:
        return local.submit(record, config, loops, name, seeds)
    limits, configs = quotas.read(), [config] * (len(loops) * seeds)
    if reason := _too_large(limits, configs):
        raise QuotaError(reason)
    fixed = _fixed(record, limits)

    def admit(places: Sequence[queue.Place]) -> None:
        if reason := _no_place(limits, visitor, configs, places, fixed):
            raise QuotaError(reason)

    ids = local.submit(record, config, loops, name, seeds, visitor.id, admit)
    if limits.disk_bytes is not None:
        disk.make_room(record, limits.disk_bytes)
    return ids


def stop(visitor: Visitor, record: Store, *run_ids: str) -> None:
    """Asks runs to stop; what was trained is kept."""
    check(visitor)
    record.ask_stop(*run_ids)


def pause(visitor: Visitor, record: Store, run_id: str) -> None:
    """Asks a run to break off, until somebody resumes it."""
    check(visitor)
    record.ask_stop(run_id, pause=True)


def resume(visitor: Visitor, record: Store, run_id: str) -> None:
    """Queues a run again that was broken off; it takes a place in the queue as a new one does."""
    check(visitor)
    if visitor != TERMINAL and (reason := _too_many(quotas.read(), visitor, [record.get(run_id).config], record)):
        raise QuotaError(reason)
    record.resume(run_id)


def rename(visitor: Visitor, record: Store, run_id: str, name: str) -> None:
    """Gives a run another name."""
    check(visitor)
    record.rename(run_id, name)
    copies.refresh(record, run_id)


def pin(visitor: Visitor, record: Store, run_id: str, pinned: bool) -> None:
    """Pins a run, so that it is not deleted, or unpins it."""
    check(visitor)
    record.pin(run_id, pinned)
    copies.refresh(record, run_id)


def delete(visitor: Visitor, record: Store, run_id: str) -> None:
    """Deletes a run that has ended and is not pinned."""
    check(visitor)
    record.delete(run_id)


def estimate(visitor: Visitor, record: Store, run: Run, samples: int, images: int) -> subprocess.Popen:
    """Starts an estimate of a model's likelihood, see `vae.jobs.likelihood.start`."""
    check(visitor)
    with _estimating:
        if visitor != TERMINAL and likelihood.under_way(record) >= (most := quotas.read().estimates):
            raise QuotaError(
                f"You asked for one more estimate and {most} are being worked on, the most that this host allows at "
                "once; wait for one or stop it."
            )
        return likelihood.start(record, run, samples, images)


def stop_estimate(visitor: Visitor, record: Store, key: tuple[str, int, int, int]) -> None:
    """Asks an estimate (run, step, samples, images) to stop; what is done is kept."""
    check(visitor)
    likelihoods.ask_stop(record, key)


def bring_in(visitor: Visitor, record: Store, bundle: bytes) -> str:
    """Takes a bundle's run into the record, see `vae.exports.files.import_run`, and returns its id.

    It is read twice: first by a child process, so that nothing in it can exhaust the server.
    """
    check(visitor)
    limits = quotas.read()
    try:
        confined("vae.runs.bundle:judge", bundle)
    except Refused as refusal:
        raise BundleError(str(refusal)) from None
    run_id = files.import_run(record, io.BytesIO(bundle))
    if visitor != TERMINAL and limits.disk_bytes is not None:
        disk.make_room(record, limits.disk_bytes)
    return run_id


def keep_images(visitor: Visitor, record: Store, title: str, found: Mapping[str, Any]) -> own_data.OwnSet:
    """Keeps images that `vae.uploads.read` found in a file, see `vae.own_data.keep`."""
    check(visitor)
    return own_data.keep(title, found["images"], found["labels"], found["classes"])


def delete_images(visitor: Visitor, record: Store, own: own_data.OwnSet) -> None:
    """Deletes images that no run uses."""
    check(visitor)
    own_data.delete(record, own)


def _too_large(limits: Quotas, configs: Sequence[RunConfig]) -> str:
    return next(filter(None, map(limits.too_large, configs)), "")


def _too_many(limits: Quotas, visitor: Visitor, configs: Sequence[RunConfig], record: Store) -> str:
    return _no_place(limits, visitor, configs, queue.places(record), _fixed(record, limits))


def _no_place(
    limits: Quotas, visitor: Visitor, configs: Sequence[RunConfig], places: Sequence[queue.Place], fixed: int
) -> str:
    own = sum(place.visitor == visitor.id for place in places)
    promised = fixed + sum(disk_bytes(place.config) for place in places)
    needed = sum(map(disk_bytes, configs))
    return limits.too_many(len(configs), own, len(places)) or limits.too_much_disk(needed, promised)


def _fixed(record: Store, limits: Quotas) -> int:
    """Bytes of the runs that have ended and are pinned, where the disk has a quota."""
    if limits.disk_gb is None:
        return 0
    return sum(each.size for each in disk.taken(record) if each.fixed and not each.active)
