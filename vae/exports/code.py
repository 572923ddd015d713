"""A run's settings and loop as plain Keras code that prints the run's losses: a script, or a notebook."""

import json

from vae.config import RunConfig
from vae.data import DATASETS
from vae.exports import model_code, training_code
from vae.exports.sections import Section
from vae.loops import LOOPS

DOCSTRING = '''"""A variational autoencoder on {dataset}, trained by {loop}.

Exported from VAE Lab: it prints the losses of the run, for an epoch the mean over its
images. Run it by

    python {file} [FILE]

FILE is an .npz with {arrays}, uint8 [n, 28, 28];
without it Keras fetches {dataset}.
"""'''
FROM_ARGUMENT = "FILE = sys.argv[1] if len(sys.argv) > 1 else None"


def why_not(config: RunConfig) -> str:
    """Why a training cannot be written as code, a sentence, or "" if it can."""
    if config.dataset in DATASETS:
        return ""
    return "This run was trained on images that somebody uploaded here; Keras cannot fetch them, so there is no code."


def script(config: RunConfig, loop: str) -> str:
    """The training as a script that imports keras, tensorflow and numpy, and nothing of this project.

    Args:
        config: the run's settings.
        loop: a key of `vae.loops.LOOPS`.
    """
    head = DOCSTRING.format(
        dataset=DATASETS[config.dataset].title, loop=LOOPS[loop].title, file="vae_script.py", arrays=_arrays(config)
    )
    imports = ("import math\n" if training_code.needs_math(config) else "") + "import sys\n\n" + _imports()
    settings = "\n".join([FROM_ARGUMENT, *training_code.settings(config, loop)])
    parts = [f"{head}\n\n{imports}\n\n{settings}", *(section.as_script() for section in _sections(config, loop))]
    return "\n\n\n".join(parts) + "\n"


def notebook(config: RunConfig, loop: str) -> str:
    """The same as a Jupyter notebook, with a cell of words above each cell of code.

    Source: the notebook format 4.5, https://nbformat.readthedocs.io/en/latest/format_description.html.
    """
    dataset, title = DATASETS[config.dataset].title, LOOPS[loop].title
    imports = ("import math\n\n" if training_code.needs_math(config) else "") + _imports()
    sections = [
        Section(
            f"A variational autoencoder on {dataset}, trained by {title}",
            "Exported from VAE Lab: it prints the losses of the run, for an epoch the mean over its images. It needs "
            "Keras 3 with TensorFlow.",
            imports,
        ),
        Section(
            "Settings",
            f"`FILE` may be the path of an `.npz` with {_arrays(config)}, uint8 [n, 28, 28]; with `None` Keras "
            f"fetches {dataset}.",
            "\n".join(["FILE = None", *training_code.settings(config, loop)]),
        ),
        *_sections(config, loop),
    ]
    cells = []
    for number, section in enumerate(sections):
        heading = "#" if number == 0 else "##"
        cells += [
            {
                "cell_type": "markdown",
                "id": f"words-{number}",
                "metadata": {},
                "source": _lines(f"{heading} {section.title}\n\n{section.text}"),
            },
            {
                "cell_type": "code",
                "id": f"code-{number}",
                "metadata": {},
                "source": _lines(section.code),
                "execution_count": None,
                "outputs": [],
            },
        ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}, indent=1) + "\n"


def _sections(config: RunConfig, loop: str) -> list[Section]:
    return [
        training_code.data(config, loop),
        *model_code.model(config, training_code.seed_name(config, "noise")),
        *training_code.training(config, loop),
    ]


def _imports() -> str:
    return "import keras\nimport numpy as np\nimport tensorflow as tf\nfrom keras import layers"


def _arrays(config: RunConfig) -> str:
    return "x_train" if config.images <= training_code.BUILT_IN_IMAGES else "x_train and x_test"


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
