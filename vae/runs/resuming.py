"""What going on with a run asks of the record: that it forgets what came after the checkpoint, and keeps the rest."""

from vae.runs import copies, weights
from vae.runs.store import Store
from vae.runs.tables import likelihoods, metrics, runs, validations


def rewind(store: Store, run_id: str, step: int) -> None:
    """Forgets all that a run recorded after its first `step` steps, so that it can go on from there."""
    with store.begin() as connection:
        connection.execute(metrics.delete().where(metrics.c.run == run_id, metrics.c.step >= step))
        for table in (validations, likelihoods):
            connection.execute(table.delete().where(table.c.run == run_id, table.c.step > step))
        connection.execute(runs.update().where(runs.c.id == run_id).values(step=step))
    weights.rewind(store.weights_folder(run_id), step)
    copies.rewind(store.weights_folder(run_id), step)


def make_durable(store: Store) -> None:
    """Makes sure that all that is recorded by now would survive a power cut."""
    if store.engine.dialect.name == "sqlite":
        # In WAL mode a transaction is only on its way to the disk; copying the log home waits for it.
        with store.begin() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
