"""What a host allows: read from the environment, and said with both numbers where it is reached."""

import pytest

from vae import quotas
from vae.access import HostSettingError
from vae.config import RunConfig
from vae.jobs.local import MAX_SEEDS
from vae.loops import LOOPS
from vae.presets import PRESETS
from vae.quotas import Quotas

NAMES = [str(field.alias) for field in Quotas.model_fields.values()]


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """No quota in the environment."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_without_settings_no_preset_is_too_large():
    assert {quotas.read().too_large(preset.config) for preset in PRESETS.values()} == {""}


def test_without_settings_the_largest_race_fits_twice():
    race = len(LOOPS) * MAX_SEEDS
    assert quotas.read().too_many(race, own=race, in_all=race) == ""


@pytest.mark.parametrize("name", NAMES)
def test_every_quota_is_read_from_its_variable(monkeypatch, name):
    monkeypatch.setenv(name, "7")
    assert quotas.read().model_dump(by_alias=True)[name] == 7


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["0", "-1", "many", "nan", "1e", "inf"])
def test_a_value_that_is_not_possible_is_one_sentence(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(HostSettingError, match=rf"^{name} = {value} is not possible: it must be a.* number .*\.$"):
        quotas.read()


def test_an_empty_value_is_the_default(monkeypatch):
    monkeypatch.setenv("VAE_LAB_MAX_QUEUED", "")
    assert quotas.read() == Quotas()


@pytest.mark.parametrize(
    ("name", "most", "config", "numbers"),
    [
        ("VAE_LAB_MAX_EPOCHS", 10, RunConfig(epochs=11), ("11 epochs", "at most 10.")),
        ("VAE_LAB_MAX_WEIGHTS", 100_000, RunConfig(), ("107,472 weights", "at most 100,000;")),
        ("VAE_LAB_MAX_MEMORY_MB", 2000, RunConfig(batch_size=4096, samples=64), (" MB of memory", "at most 2,000 MB;")),
    ],
)
def test_what_is_too_large_is_a_sentence_with_both_numbers(name, most, config, numbers):
    sentence = Quotas.model_validate({name: most}).too_large(config)
    assert all(number in sentence for number in numbers) and sentence.endswith(".")
    assert Quotas.model_validate({name: most * 1000}).too_large(config) == ""


def test_a_visitors_queue_and_everybodys_have_their_limits():
    limits = Quotas.model_validate({"VAE_LAB_MAX_QUEUED": 3, "VAE_LAB_MAX_QUEUED_IN_ALL": 5})
    assert limits.too_many(2, own=1, in_all=3) == ""
    assert limits.too_many(2, own=2, in_all=2) == (
        "You asked for 2 runs and have 2 that wait or train; this host allows a visitor at most 3 at once."
    )
    assert limits.too_many(1, own=0, in_all=5) == (
        "You asked for 1 run and 5 wait or train here already; this host allows at most 5 at once."
    )


def test_the_disk_has_a_limit_for_what_cannot_be_made_free():
    limits = Quotas.model_validate({"VAE_LAB_MAX_DISK_GB": 2})
    assert limits.too_much_disk(10**9, 10**9) == ""
    assert limits.too_much_disk(10**9, 15 * 10**8) == (
        "This would take about 1 GB of disk; this host allows 2 GB for all runs, of which 1.5 GB are pinned or will be "
        "filled by what waits and trains."
    )
