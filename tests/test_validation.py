"""What a model does with test images after an epoch."""

import numpy as np
import pytest

from tests.conftest import SMALL, train_here
from vae import evaluation, recorder, training
from vae.data import load
from vae.latent import Codes
from vae.validation import mutual_information


def codes(z_mean, z_log_var):
    mean, log_variance = np.float32(z_mean), np.float32(z_log_var)
    kl = 0.5 * (mean**2 + np.exp(log_variance) - log_variance - 1)
    return Codes(mean, log_variance, kl.mean(axis=0, dtype=np.float64))


def test_codes_that_say_nothing_share_no_information_with_the_images():
    z = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    assert mutual_information(codes(np.ones((50, 3)), np.zeros((50, 3))), z) == pytest.approx(0, abs=1e-9)


def test_codes_far_apart_tell_all_images_apart():
    far = 1000 * np.arange(64)[:, None]
    assert mutual_information(codes(far, np.full((64, 1), -2)), np.float32(far)) == pytest.approx(np.log(64))


def test_mutual_information_agrees_with_integration_over_the_code():
    mean, log_variance = np.array([-1.0, 0.3, 2.0]), np.array([-1.0, 0.2, -0.4])
    z = np.linspace(-12, 12, 20_001)
    density = np.exp(-0.5 * ((z[:, None] - mean) ** 2 / np.exp(log_variance) + log_variance + np.log(2 * np.pi)))
    exact = np.trapezoid((density * np.log(density / density.mean(axis=1)[:, None] + 1e-300)).mean(axis=1), z)
    rng = np.random.default_rng(0)
    asked = codes(mean[:, None], log_variance[:, None])
    draws = [
        mutual_information(asked, (mean + np.exp(log_variance / 2) * rng.standard_normal(3))[:, None])
        for _ in range(4000)
    ]
    assert np.mean(draws) == pytest.approx(exact, abs=0.02)


def test_a_run_is_validated_after_an_epoch_and_at_its_end(trained):
    record, runs = trained
    found = record.validations(runs[0].id)
    assert found[0].step == 10 and found[-1].step == 20
    assert all(len(each.kl) == 4 for each in found) and 0 < found[-1].error < found[0].error
    assert found[-1].mutual_information + found[-1].aggregate_kl == pytest.approx(found[-1].total_kl)


def test_a_validation_agrees_with_the_evaluation_of_the_same_images(trained):
    record, runs = trained
    last = record.validations(runs[0].id)[-1]
    mnist = load("mnist")
    first = mnist._replace(x_test=mnist.x_test[:1000], y_test=mnist.y_test[:1000])
    whole = evaluation.evaluate(training.load_model(record, runs[0], 20), first)
    assert last.total_kl == pytest.approx(whole["kl"], rel=1e-5)
    assert last.active_units == whole["active_units"]
    assert last.reconstruction_variance == pytest.approx(whole["reconstruction_variance"], rel=1e-4)
    # The validation's answer is one draw, the evaluation's the mean of 32.
    assert last.error >= whole["reconstruction"]


def test_epochs_too_short_for_a_validation_go_without(record, monkeypatch):
    monkeypatch.setattr(recorder, "VALIDATION_SHARE", -1)
    run = train_here(record, SMALL)
    assert [each.step for each in record.validations(run.id)] == [20]


def test_the_first_look_takes_nothing_from_the_share_of_those_that_follow(record, monkeypatch):
    monkeypatch.setattr(recorder, "VALIDATION_SHARE", 0)
    run = train_here(record, SMALL.model_copy(update={"epochs": 4}))
    assert [each.step for each in record.validations(run.id)] == [10, 20, 40]


def test_a_deleted_run_leaves_no_validations(record):
    run = train_here(record, SMALL)
    assert record.validations(run.id)
    record.delete(run.id)
    assert record.validations(run.id) == []
