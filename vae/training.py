"""One run from start to end: data, model, loop, evaluation, record."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from vae import data, loops
from vae.allocator import keep_freed_memory
from vae.config import PIXELS, RunConfig
from vae.evaluation import evaluate
from vae.loops.task import Task
from vae.model import VariationalAutoEncoder
from vae.model.moment import Moment, network
from vae.objective import Objective
from vae.recorder import Recorder, TrainingError
from vae.runs import Run, Store, StoreError, checkpoints, copies, weights
from vae.runs.environment import describe
from vae.runs.resuming import rewind
from vae.runs.run import TESTING
from vae.validation import validate

OBJECTIVE = set(Objective._fields) - {"warm_up_steps"}
STAGES = 8
BEAT_SECONDS = 1.0
END_ATTEMPTS = 10
LEFT = "The system ended its process, as when it shuts down; what it had trained is kept."
OUT_OF_MEMORY = "The memory ran out; what was kept before is there. A smaller network or smaller batches need less."


def build(config: RunConfig) -> VariationalAutoEncoder:
    """The model that `config` describes, built, with weights that nobody has chosen yet."""
    model = VariationalAutoEncoder(
        original_dim=PIXELS,
        widths=config.widths,
        latent_dim=config.latent_dim,
        objective={
            **config.model_dump(include=OBJECTIVE),
            "warm_up_steps": config.warm_up_epochs * config.steps_per_epoch,
        },
        network=config.network,
        activation=config.activation,
        seed=config.seed + config.noise_shift,
    )
    model.build((None, PIXELS))
    return model


def prepare(config: RunConfig, x: NDArray[np.float32], report: Any) -> Task:
    """A training with the first weights that its seed gives.

    Args:
        config: its settings.
        x: float32 [n, 784], of which the first `config.images` are used.
        report: hears of every step, see `vae.loops.task.Report`.
    """
    keep_freed_memory()
    # Seeds Python's, NumPy's and TensorFlow's global generators: the tutorial's layers take their weights from them.
    keras.utils.set_random_seed(config.seed + config.weights_shift)
    model = build(config)
    optimizer = keras.optimizers.Adam(learning_rate(config), global_clipnorm=config.clip_norm or None)
    # Now, not in the first step: a tf.function that makes variables is traced twice.
    optimizer.build(model.trainable_variables)
    x = x[: config.images]
    return Task(config, model, optimizer, data.threshold(x) if config.inputs == "threshold" else x, report)


def learning_rate(config: RunConfig) -> Any:
    """The learning rate as Keras takes it: a float, or a `LearningRateSchedule`."""
    if config.schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(config.learning_rate, config.steps)
    if config.schedule == "burda":
        # Burda et al. 2015, section 5: 10^(-i/7) of the rate for 3^i epochs, i = 0..7; here shares of all steps.
        ends = [round(config.steps * (3**stage - 1) / (3**STAGES - 1)) for stage in range(1, STAGES)]
        rates = [config.learning_rate * 10 ** (-stage / (STAGES - 1)) for stage in range(STAGES)]
        return keras.optimizers.schedules.PiecewiseConstantDecay(ends, rates)
    return config.learning_rate


def warm_up() -> None:
    """Trains and tests the tutorial's model a little on noise, so that a run that follows starts without delay."""
    config = RunConfig(images=128, epochs=1)
    x = np.random.default_rng(0).random((128, PIXELS), np.float32)
    for loop in ("tape", "fit"):
        task = prepare(config, x, _Silence())
        loops.get(loop)(task)
        validate(task.model, x, task.config.steps)


def train(
    store: Store,
    run_id: str,
    stopping: threading.Event | None = None,
    progress: Callable[[int, float], None] = lambda step, loss: None,
    leaving: threading.Event | None = None,
    most_seconds: float | None = None,
) -> Run:
    """Trains a run that `store` holds as running, from its newest checkpoint if it has one, and ends it.

    It ends finished, stopped, paused, lost if this process had to leave, or failed with a sentence.

    Args:
        store: the record.
        run_id: a run that this process has claimed.
        stopping: set it to stop the training after the step under way.
        progress: called now and then with the steps done and the last loss.
        leaving: set it before `stopping` if the system wants this process to end.
        most_seconds: of training, with what was trained before a resume, after which it is stopped; None is never.

    Returns:
        the run as it ended.
    """
    run = store.get(run_id)
    stopping, leaving = stopping or threading.Event(), leaving or threading.Event()
    try:
        left = None if most_seconds is None else max(0.0, most_seconds - _trained(store, run_id, run.step))
        with _heartbeat(store, run_id, stopping) as heard, _time_limit(left, stopping) as over:
            state, result = _train(store, run, stopping, leaving, progress, heard)
        error = LEFT if state == "lost" else None
        if state == "stopped" and over.is_set():
            error = f"Stopped after {most_seconds:g} seconds, the most that this host allows."
        if store.end(run_id, state, error=error, result=result) and state == "finished":
            checkpoints.delete(store.weights_folder(run_id))
    except (TrainingError, data.DataError, weights.WeightsError, StoreError) as error:
        _fail(store, run_id, str(error))
    except (MemoryError, tf.errors.ResourceExhaustedError):
        _fail(store, run_id, OUT_OF_MEMORY)
    except Exception as error:
        _fail(store, run_id, f"The training broke off: {type(error).__name__}, see worker.log.")
        raise
    finally:
        copies.refresh(store, run_id)
    return store.get(run_id)


def _fail(store: Store, run_id: str, error: str) -> None:
    """Ends a run with a sentence; patiently, because a full disk keeps the record from being written, too."""
    for attempt in range(END_ATTEMPTS):
        try:
            store.end(run_id, "failed", error=error)
            return
        except StoreError:
            if attempt == END_ATTEMPTS - 1:
                raise
            time.sleep(1)


def _train(
    store: Store,
    run: Run,
    stopping: threading.Event,
    leaving: threading.Event,
    progress: Callable,
    heard: threading.Event,
) -> tuple[str, dict[str, Any] | None]:
    """Trains; returns the state in which the run ends, and its test figures if it was tested."""
    store.note(run.id, phase="Reading the data", environment=describe())
    data.check(run.config)
    dataset = data.load(run.config.dataset)
    store.note(run.id, phase="Building the model")
    tested = data.as_inputs(dataset, run.config.inputs)
    with closing(Recorder(store, run, tested.x_test, stopping, progress, heard)) as recorder:
        task = prepare(run.config, data.training_images(dataset, run.config.images), recorder)
        recorder.begin(task, _restore(store, run, task))
        if task.done < run.config.steps:  # else it is to be tested alone, and need not be compiled
            loops.get(run.loop)(task)
        recorder.finish()
        now = store.get(run.id)
        if recorder.step < run.config.steps and now.pause_asked:
            return "paused", None
        if recorder.step < run.config.steps and leaving.is_set() and not now.stop_asked:
            return "lost", None
        recorder.test()
        store.note(run.id, phase=TESTING)
        return "finished" if recorder.step == run.config.steps else "stopped", evaluate(task.model, tested)


def _restore(store: Store, run: Run, task: Task) -> float:
    """Takes `task` and the record to the newest checkpoint, if there is one; returns the seconds trained by then."""
    shapes = {name: (tuple(variable.shape), variable.dtype) for name, variable in task.state.items()}
    found = checkpoints.load(store.weights_folder(run.id), shapes, most=run.step)
    if found:
        task.done, values = found
        for name, variable in task.state.items():
            variable.assign(values[name])
    rewind(store, run.id, task.done)
    return _trained(store, run.id, task.done)


def _trained(store: Store, run_id: str, step: int) -> float:
    """The seconds that a run had been trained for after its first `step` steps, which are its last."""
    seconds = store.metrics(run_id, after=step - 2).seconds
    return float(seconds[-1]) if len(seconds) else 0.0


def load_model(store: Store, run: Run, step: int) -> VariationalAutoEncoder:
    """The model of a run as it was after `step` optimizer steps.

    Raises:
        WeightsError: there are no such weights, or they are damaged.
    """
    model = build(run.config)
    shapes = {variable.path: (tuple(variable.shape), variable.dtype) for variable in model.weights}
    loaded = weights.load(weights.path(store.weights_folder(run.id), step), shapes)
    for variable in model.weights:
        variable.assign(loaded[variable.path])
    return model


def load_moment(store: Store, run: Run, step: int) -> Moment:
    """What encodes and decodes as `load_model` does, in a tenth of the time: for those who look at many moments.

    Raises:
        WeightsError: there are no such weights, or they are damaged.
    """
    shared = network(run.config)
    return Moment(shared, weights.load(weights.path(store.weights_folder(run.id), step), shared.shapes))


class _Silence:
    """A report for a training that nobody looks at."""

    stopping = False

    def steps(self, values: Any, sizes: Sequence[int]) -> None:
        pass

    def epoch_end(self, epoch: int) -> None:
        pass


@contextmanager
def _time_limit(seconds: float | None, stopping: threading.Event):
    """Sets `stopping` after some seconds, and with it the event that it gives."""
    over = threading.Event()

    def stop() -> None:
        over.set()
        stopping.set()

    timer = threading.Timer(seconds or 0, stop)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    try:
        yield over
    finally:
        timer.cancel()


@contextmanager
def _heartbeat(store: Store, run_id: str, stopping: threading.Event):
    """Shows the record that this process lives, and hears whether it should stop.

    The event that it gives is set by whoever has just done so with the steps that it wrote, which saves a beat.
    """
    over, heard = threading.Event(), threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            if heard.is_set():
                heard.clear()
                continue
            try:
                if store.beat(run_id):
                    stopping.set()
            except StoreError:
                continue  # a passing lock; if the record is gone for good, writing the metrics says so

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        over.set()
        thread.join()
