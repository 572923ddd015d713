"""The terminal's `runs export`, `runs import` and `runs script`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from vae.exports import code, files
from vae.runs import Run, Store, open_store
from vae.runs.archive import BundleError
from vae.runs.weights import WeightsError

ERRORS = (files.ExportError, BundleError, WeightsError)
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the first digits of it.")]


def add(app: typer.Typer, find: Callable[[Store, str], Run]) -> None:
    """Adds the commands to `app`; `find` gives the run that somebody means."""

    @app.command("export")
    def export_run(
        run_id: RunId,
        file: Annotated[Path, typer.Argument(help=f"Its ending says as what: {', '.join(files.ENDINGS)}.")],
    ) -> None:
        """Write a run as a bundle, code, metrics or weights."""
        record = open_store()
        files.export_run(record, find(record, run_id), file)
        print(file)

    @app.command("import")
    def import_run(file: Annotated[Path, typer.Argument(help="A bundle, as `runs export` writes it.")]) -> None:
        """Take a bundle's run into the record, and print its id."""
        print(files.import_run(open_store(), file))

    @app.command("script")
    def script(
        run_id: RunId,
        file: Annotated[Path | None, typer.Argument(help="A .py or .ipynb to write; stdout if not given.")] = None,
    ) -> None:
        """Print a run's training as plain Keras code, or write it as a script or notebook."""
        record = open_store()
        run = find(record, run_id)
        if file is None:
            print(code.script(run.config, run.loop), end="")
        elif files.format_of(file) in (files.FORMATS["script"], files.FORMATS["notebook"]):
            files.export_run(record, run, file)
            print(file)
        else:
            raise files.ExportError(f"{file} is not possible: code has the ending .py or .ipynb.")
