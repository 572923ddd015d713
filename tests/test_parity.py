"""All loops do the same training, and it is the tutorial's."""

import keras
import numpy as np
import pytest

from vae import data, loops
from vae.config import RunConfig
from vae.training import prepare

EXACT = {"fit"}
STEPS = {"tape_eager": 40}
# A scan stops between its reports, and its first is of this many steps.
STOPS_AFTER = {"tape_scan": 16}


class Notes:
    """A report that keeps everything, and asks to stop after `stop_after` steps."""

    def __init__(self, stop_after=10**9):
        self.values, self.sizes, self.epochs, self.stop_after = [], [], [], stop_after

    @property
    def stopping(self):
        return len(self.sizes) >= self.stop_after

    def steps(self, values, sizes):
        self.values.extend(np.array(values))
        self.sizes.extend(sizes)

    def epoch_end(self, epoch):
        self.epochs.append(epoch)


def run(loop, config, stop_after=10**9):
    """Trains in this process; returns what was reported, and the model."""
    notes = Notes(stop_after)
    task = prepare(config, data.load("mnist").x_train, notes)
    loops.get(loop)(task)
    return notes, task.model


# Two epochs of 105 batches each, the last of 44 images.
CONFIG = RunConfig(images=104 * 64 + 44, epochs=2, seed=3)


@pytest.fixture(scope="module")
def tape():
    return run("tape", CONFIG)


@pytest.fixture(scope="module", params=[loop for loop in loops.LOOPS if loop != "tape"])
def other(request):
    steps = STEPS.get(request.param, CONFIG.steps)
    return request.param, steps, *run(request.param, CONFIG, stop_after=steps)


def test_every_loop_has_the_same_losses_step_by_step(tape, other):
    loop, steps, notes, _ = other
    np.testing.assert_allclose(notes.values, tape[0].values[:steps], rtol=0, atol=0 if loop in EXACT else 1e-6)


def test_every_loop_ends_with_the_same_weights(tape, other):
    loop, steps, _, model = other
    reference = tape[1] if steps == CONFIG.steps else run("tape", CONFIG, stop_after=steps)[1]
    for ours, theirs in zip(model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=0 if loop in EXACT else 1e-6)


def test_the_last_batch_is_smaller_in_every_epoch(tape):
    assert tape[0].sizes == ([64] * 104 + [44]) * 2


def test_every_epoch_is_reported(tape):
    assert tape[0].epochs == [0, 1]


def test_loss_is_reconstruction_plus_kl(tape):
    values = np.array(tape[0].values, np.float64)
    np.testing.assert_allclose(values[:, 0], values[:, 1] + values[:, 2], rtol=1e-6)


@pytest.mark.parametrize("loop", loops.LOOPS)
def test_every_loop_stops_when_told(loop):
    notes, _ = run(loop, CONFIG, stop_after=5)
    assert len(notes.sizes) == STOPS_AFTER.get(loop, 5) and notes.epochs == []


def test_the_same_seed_gives_the_same_training_again(tape):
    np.testing.assert_array_equal(run("tape", CONFIG)[0].values, tape[0].values)


def test_another_seed_gives_another_training(tape):
    other = run("tape", CONFIG.model_copy(update={"seed": 4}), stop_after=1)[0]
    assert other.values[0][0] != tape[0].values[0][0]


def test_the_first_step_is_what_numpy_computes(tape):
    from vae.model.layers import standard_normal

    keras.utils.set_random_seed(CONFIG.seed)
    task = prepare(CONFIG, data.load("mnist").x_train, Notes())
    w = {weight.path.removeprefix("vae/"): weight.numpy().astype(np.float64) for weight in task.model.weights}
    x = next(task.batches(0)).astype(np.float64)

    def dense(inputs, name):
        return inputs @ w[f"{name}/kernel"] + w[f"{name}/bias"]

    h = np.maximum(dense(x, "encoder/dense_proj"), 0)
    mean, log_var = dense(h, "encoder/dense_mean"), dense(h, "encoder/dense_log_var")
    z = mean + np.exp(log_var / 2) * standard_normal(mean.shape, CONFIG.seed, np.int64(0)).numpy()
    logits = dense(np.maximum(dense(z, "decoder/dense_proj"), 0), "decoder/dense_output")
    reconstruction = np.mean((x - 1 / (1 + np.exp(-logits))) ** 2)
    kl = -0.5 * np.mean(log_var - mean**2 - np.exp(log_var) + 1)
    np.testing.assert_allclose(tape[0].values[0], [reconstruction + kl, reconstruction, kl], atol=1e-6)


def test_keras_history_has_the_mean_of_the_reported_losses_weighted_by_size():
    notes = Notes()
    task = prepare(CONFIG, data.load("mnist").x_train, notes)
    loops.get("fit")(task)
    history = task.model.history.history["loss"]
    losses, sizes = np.array(notes.values, np.float64)[:, 0].reshape(2, 105), [64] * 104 + [44]
    np.testing.assert_allclose(history, np.average(losses, axis=1, weights=sizes), atol=1e-6)


@pytest.mark.parametrize("steps", [7, 100])
def test_fit_with_several_steps_per_execution_is_the_same_to_the_last_bit(tape, steps):
    notes, model = run("fit", CONFIG.model_copy(update={"steps_per_execution": steps}))
    np.testing.assert_array_equal(notes.values, tape[0].values)
    assert notes.sizes == tape[0].sizes and notes.epochs == [0, 1]
    for ours, theirs in zip(model.get_weights(), tape[1].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_fit_with_several_steps_per_execution_stops_after_one_execution():
    notes, _ = run("fit", CONFIG.model_copy(update={"steps_per_execution": 10}), stop_after=5)
    assert len(notes.sizes) == 10 and notes.epochs == []


def test_the_eager_tape_stays_within_1e_5_for_300_steps():
    config = CONFIG.model_copy(update={"images": 300 * 64, "epochs": 1})
    eager, compiled = run("tape_eager", config)[0], run("tape", config)[0]
    assert len(eager.values) == 300
    np.testing.assert_allclose(eager.values, compiled.values, rtol=0, atol=1e-5)


@pytest.fixture(scope="module")
def three_epochs():
    return run("tape", RunConfig())[0]


@pytest.mark.parametrize("compiler", ["graph", "xla"])
def test_the_scan_stays_within_1e_5_over_three_epochs(three_epochs, compiler):
    scan = run("tape_scan", RunConfig(compiler=compiler))[0]
    assert len(scan.values) == 3 * 938 and scan.sizes == three_epochs.sizes
    np.testing.assert_allclose(scan.values, three_epochs.values, rtol=0, atol=1e-5)


def test_a_scan_can_be_stopped_while_it_compiles():
    notes, _ = run("tape_scan", CONFIG.model_copy(update={"compiler": "xla"}), stop_after=0)
    assert notes.sizes == [] and notes.epochs == []


def test_a_scan_leaves_the_compiler_to_the_length_of_the_training():
    from vae.loops.tape_scan import uses_xla

    assert not uses_xla(RunConfig()) and uses_xla(RunConfig(epochs=20))
    assert uses_xla(RunConfig(compiler="xla")) and not uses_xla(RunConfig(epochs=20, compiler="graph"))


def test_a_scan_of_xla_is_the_same_again_to_the_last_bit():
    config = CONFIG.model_copy(update={"compiler": "xla"})
    np.testing.assert_array_equal(run("tape_scan", config)[0].values, run("tape_scan", config)[0].values)


@pytest.mark.parametrize("shift", ["weights_shift", "order_shift", "noise_shift"])
def test_a_shift_of_the_seed_changes_the_training(tape, shift):
    notes, _ = run("tape", CONFIG.model_copy(update={shift: 1}), stop_after=1)
    assert notes.values[0][0] != tape[0].values[0][0]


def test_all_shifts_together_are_another_seed():
    one = run("tape", CONFIG.model_copy(update={"weights_shift": 1, "order_shift": 1, "noise_shift": 1}), stop_after=3)
    other = run("tape", CONFIG.model_copy(update={"seed": CONFIG.seed + 1}), stop_after=3)
    np.testing.assert_array_equal(one[0].values, other[0].values)


def test_large_steps_are_not_made_many_at_once():
    small, large = (
        prepare(config, data.load("mnist").x_train, Notes())
        for config in (RunConfig(images=64), RunConfig(batch_size=4096, intermediate_dim=1024))
    )
    assert (small.at_once(16), small.at_once(100), large.at_once(100)) == (16, 100, 1)


OBJECTIVES = [
    {"likelihood": "bernoulli", "inputs": "dynamic", "warm_up": "cyclical", "warm_up_epochs": 1},
    {"likelihood": "bernoulli", "inputs": "threshold", "samples": 3},
    {"likelihood": "bernoulli", "bound": "iwae", "samples": 3, "more_layers": "20", "activation": "tanh"},
    {"likelihood": "gaussian", "free_bits": 0.1, "clip_norm": 100},
    {"likelihood": "learned_gaussian", "warm_up": "linear", "schedule": "cosine"},
    {"likelihood": "mse", "samples": 2, "schedule": "burda"},
    {"likelihood": "learned_gaussian", "network": "conv", "latent_dim": 2},
]


@pytest.mark.parametrize("changes", OBJECTIVES, ids=lambda changes: " ".join(map(str, changes.values())))
def test_every_loop_trains_every_objective_alike(changes):
    config = RunConfig(images=6 * 64 + 20, epochs=2, kl_reduction="sum", compiler="graph").model_copy(update=changes)
    reference, model = run("tape", config)
    values = np.array(reference.values, np.float64)
    np.testing.assert_allclose(values[:, 0], values[:, 1] + values[:, 2], rtol=1e-5)
    assert values[-1, 0] < values[0, 0]
    for loop in ("fit", "tape_scan"):
        notes, other = run(loop, config)
        np.testing.assert_array_equal(notes.values, reference.values)
        for ours, theirs in zip(other.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    eager = run("tape_eager", config)[0]
    np.testing.assert_allclose(eager.values, reference.values, rtol=1e-5, atol=1e-3)


def test_a_scan_of_xla_trains_an_importance_weighted_bound_alike():
    changes = {"likelihood": "bernoulli", "inputs": "dynamic", "bound": "iwae", "samples": 3, "kl_reduction": "sum"}
    config = RunConfig(images=6 * 64 + 20, epochs=2, compiler="xla").model_copy(update=changes)
    np.testing.assert_allclose(run("tape_scan", config)[0].values, run("tape", config)[0].values, rtol=1e-4, atol=1e-3)
