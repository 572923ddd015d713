"""How long the server takes from each slider to the new image: `python -m benchmarks.sliders RUN [RUN ...]`.

Each part of a page is drawn by Streamlit's own test runner, as its fragment is on a server: the model is loaded, the
control is moved to a place where it has not been, and the seconds of the processor are counted, which other work on the
machine changes little. The record is that of the app.
"""

import gc
import sys
import time
from collections.abc import Iterator
from typing import Any

from streamlit.testing.v1 import AppTest

from vae.jobs.local import PROJECT, Dispatcher
from vae.runs import open_store

LIMIT = 0.15
EPOCHS = ["epoch 2", "epoch 1"]
# A control's page and part, its key, and the values that it is moved to, one after the other.
STEPS: list[tuple[str, str, str, list[Any]]] = [
    ("Reconstructions", "page", "epoch", EPOCHS),
    ("Reconstructions", "page", "count", [40, 20]),
    ("Reconstructions", "page", "which", ["best", "worst", "nearest to collapse"]),
    ("Reconstructions", "page", "decode", ["the mean"]),
    ("Reconstructions", "samples", "times", [24, 8]),
    ("Latent space", "page", "epoch", EPOCHS),
    ("Latent space", "map", "size", [30, 20]),
    ("Latent space", "map", "extent", [4, 2]),
    ("Latent space", "way", "steps", [15, 7]),
    ("Latent space", "way", "rows", [8, 2]),
    ("Latent space", "corners", "between", [15, 5]),
    ("Latent space", "new images", "sample", [1, 2]),
]


def part(run_id: str, name: str) -> None:
    """What the script of a fragment does: only one part of a page, with everything that it needs already loaded."""
    import streamlit as st

    from pages.parts import atlas, corners, models, paths, samples, spread
    from vae.data import DATASETS
    from vae.runs import open_store

    st.set_page_config(layout="wide")
    record = open_store()
    run = record.get(run_id)
    step, labels = max(models.moments(record, run)), DATASETS[run.config.dataset].labels
    model, data = models.opened(record, run, step)
    codes = models.codes(run.id, step, model, data)
    if name == "samples":
        spread.show(model, data, labels)
    elif name == "map":
        atlas.show(record, run, step, model, codes, data, labels)
    elif name == "way":
        paths.show(run, step, model, codes, data, labels)
    elif name == "corners":
        corners.show(model, codes, data)
    else:
        samples.show(run, step, model, data, labels)


def opened(run_id: str, page: str, name: str) -> AppTest:
    """A page or a part of it, drawn once."""
    if name != "page":
        return AppTest.from_function(part, default_timeout=120, args=(run_id, name)).run()
    test = AppTest.from_file(str(PROJECT / "streamlit_app.py"), default_timeout=120)
    test.query_params["run"] = run_id
    return test.switch_page(f"pages/{page.lower().replace(' ', '_')}.py").run()


def control(test: AppTest, key: str) -> Any:
    """The control with a key, of whatever kind."""
    kinds = (test.slider, test.select_slider, test.segmented_control, test.number_input)
    return next(each for kind in kinds for each in kind if each.key == key)


def move(test: AppTest, key: str, value: Any) -> float:
    """Seconds of the processor, in all threads, from a control's new value to the end of the script."""
    before = time.process_time()
    control(test, key).set_value(value).run()
    return time.process_time() - before


def measured(run_id: str) -> Iterator[tuple[str, list[float]]]:
    """Each control with the seconds of each move."""
    shown: dict[tuple[str, str], AppTest] = {}
    for page, name, key, values in STEPS:
        if (page, name) not in shown:
            shown[page, name] = opened(run_id, page, name)
        test = shown[page, name]
        took = [move(test, key, value) for value in values]
        assert not test.exception, test.exception
        yield f"{page}, {name}: {key}", took


def main() -> None:
    """Prints a table."""
    import vae.training  # noqa: F401  so that the background import finds it done

    # No worker beside it, and as on a server no collection of TensorFlow's garbage.
    Dispatcher.start = lambda self: self
    gc.collect()
    gc.freeze()
    record = open_store()
    for run_id in sys.argv[1:]:
        print(f"| {record.get(run_id).name} | ms | |\n| --- | --- | --- |")
        for title, took in measured(run_id):
            told = ", ".join(f"{1000 * each:.0f}" for each in took)
            print(f"| {title} | {told} | {'' if max(took) <= LIMIT else 'over 150'} |", flush=True)


if __name__ == "__main__":
    main()
