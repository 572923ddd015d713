"""Settings: what is allowed, and what is said of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from vae.config import RunConfig
from vae.presets import PRESETS, preset_of
from vae.settings import ConfigError, field_words, parse_config


def test_the_defaults_are_the_tutorials():
    config = RunConfig()
    assert (config.latent_dim, config.intermediate_dim, config.batch_size, config.epochs) == (32, 64, 64, 3)
    assert (config.learning_rate, config.kl_reduction, config.kl_weight) == (1e-3, "mean", 1.0)
    assert (config.steps_per_epoch, config.steps) == (938, 2814)


def test_a_config_cannot_be_changed():
    with pytest.raises(ValidationError):
        RunConfig().epochs = 4


@pytest.mark.parametrize("name", RunConfig.model_fields)
def test_every_setting_has_a_label_and_a_help_text(name):
    field = RunConfig.model_fields[name]
    assert field.title and field.description and field.description.endswith(".")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"epochs": "x"}, "epochs = x is not possible: it must be a whole number from 1 to 500."),
        ({"epochs": 0}, "epochs = 0 is not possible: it must be a whole number from 1 to 500."),
        ({"epochs": "2.5"}, "epochs = 2.5 is not possible: it must be a whole number from 1 to 500."),
        ({"images": 70001}, "images = 70001 is not possible: it must be a whole number from 64 to 70 000."),
        ({"learning_rate": "0"}, "learning_rate = 0 is not possible: it must be a number above 0 and up to 1."),
        ({"learning_rate": "nan"}, "learning_rate = nan is not possible: it must be a number above 0 and up to 1."),
        ({"kl_weight": "inf"}, "kl_weight = inf is not possible: it must be a number from 0 to 1000."),
        ({"kl_reduction": "max"}, "kl_reduction = max is not possible: it must be one of mean, sum."),
    ],
)
def test_a_bad_value_is_one_sentence_with_name_value_and_what_is_allowed(values, sentence):
    with pytest.raises(ConfigError) as error:
        parse_config(values)
    assert str(error.value) == sentence


def test_an_unknown_setting_is_one_sentence_with_the_known_ones():
    with pytest.raises(ConfigError, match="no setting 'epoch'; the settings are dataset, images, inputs, epochs,"):
        parse_config({"epoch": 3})


def test_text_from_a_flag_becomes_a_number():
    assert parse_config({"epochs": "7", "learning_rate": "1e-2"}) == RunConfig(epochs=7, learning_rate=0.01)


def test_values_change_the_base_and_keep_the_rest():
    assert parse_config({"seed": 4}, PRESETS["two-d"].config).latent_dim == 2


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_is_recognised_by_its_settings(key):
    assert preset_of(RunConfig.model_validate(PRESETS[key].config.model_dump())) == PRESETS[key]


names = st.sampled_from(sorted(RunConfig.model_fields)) | st.text(max_size=8)
values = st.text(max_size=12) | st.integers() | st.floats() | st.none() | st.lists(st.integers(), max_size=2)


@given(st.dictionaries(names, values, max_size=4))
def test_any_input_gives_a_config_or_a_sentence(settings):
    try:
        assert isinstance(parse_config(settings), RunConfig)
    except ConfigError as error:
        assert "\n" not in str(error).replace(repr(settings), "") or any("\n" in str(v) for v in settings.values())


def test_replicates_have_the_seeds_that_follow():
    config = RunConfig(seed=2**31 - 2)
    seeds = [config.replicate(number).seed for number in range(4)]
    assert seeds == [2**31 - 2, 2**31 - 1, 0, 1]
    assert all(RunConfig.model_validate(config.replicate(number).model_dump()) for number in range(4))


def test_the_arithmetic_of_a_step_grows_with_the_batch():
    assert RunConfig(batch_size=128).step_flops == 2 * RunConfig().step_flops


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"more_layers": "20x"}, "more_layers = 20x is not possible: it must be widths from 1 to 2048"),
        ({"more_layers": "200-"}, "more_layers = 200- is not possible: it must be widths from 1 to 2048"),
        ({"more_layers": "4000"}, "more_layers = 4000 is not possible: each width must be from 1 to 2048."),
        ({"more_layers": "0"}, "more_layers = 0 is not possible: each width must be from 1 to 2048."),
        ({"bound": "iwae"}, "bound = iwae is not possible with these settings: it needs"),
    ],
)
def test_settings_that_do_not_go_together_are_one_sentence(values, sentence):
    with pytest.raises(ConfigError) as error:
        parse_config(values)
    assert str(error.value).startswith(sentence)


def test_the_widths_of_all_layers_stand_in_their_order():
    assert RunConfig().widths == (64,)
    assert RunConfig(intermediate_dim=200, more_layers="200-50").widths == (200, 200, 50)


def test_more_samples_and_filters_are_more_arithmetic():
    plain = RunConfig(likelihood="bernoulli").step_flops
    assert RunConfig(likelihood="bernoulli", samples=50).step_flops > 20 * plain
    assert RunConfig(network="conv").step_flops > 20 * plain


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_is_possible(key):
    assert parse_config(PRESETS[key].config.model_dump()) == PRESETS[key].config


@pytest.mark.parametrize(
    ("name", "words"), [("latent_dim", "latent dimension"), ("kl_weight", "KL weight"), ("samples", "samples of z")]
)
def test_a_label_in_a_sentence_keeps_what_is_written_large_everywhere(name, words):
    assert field_words(name) == words
