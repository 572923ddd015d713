"""The page that lays curves over each other."""

import re
import shutil

import pytest

from tests.conftest import SMALL, new_record, train_here
from vae import curves
from vae.config import RunConfig
from vae.presets import PRESETS
from vae.runs import weights

PAGE = "pages/compare.py"


def test_an_empty_page_says_what_to_do(app, record):
    page = app(PAGE)
    assert not page.exception
    assert "Start the race above" in page.info[0].value
    assert page.button[0].label == "Start the race"


def test_the_newest_race_is_shown_without_being_asked_for(app, full_record):
    page = app(PAGE)
    assert not page.exception
    assert page.multiselect[0].value == [run.id for run in full_record]


def test_tape_and_fit_are_said_to_be_identical(app, full_record):
    assert any("Identical to the last bit for 20 steps." in element.value for element in app(PAGE).markdown)


def test_runs_of_other_settings_are_said_to_differ(app, record):
    runs = [train_here(record, SMALL.model_copy(update={"seed": seed}), name=f"Seed {seed}") for seed in (1, 2)]
    page = app(PAGE, runs=[run.id for run in runs])
    page.toggle(key="band").set_value(False).run()
    assert any("another seed gives other first weights" in element.value for element in page.markdown)
    assert list(page.dataframe[0].value["Seed"]) == ["1", "2"]


def test_one_run_alone_is_compared_with_nothing(app, full_record):
    page = app(PAGE, runs=full_record[0].id)
    assert not page.exception
    assert not any(words in element.value for words in ("dentical", "Nowhere") for element in page.markdown)
    assert not any("Nowhere" in caption.value for caption in page.caption)


@pytest.mark.parametrize("view", curves.VIEWS.values(), ids=curves.VIEWS)
def test_every_view_is_drawn(app, full_record, view):
    page = app(PAGE, runs=[run.id for run in full_record])
    page.segmented_control(key="view").set_value(view.title).run()
    assert not page.exception
    assert any(view.caption in caption.value for caption in page.caption)


@pytest.mark.parametrize("term", ["Loss", "Reconstruction error", "KL term"])
def test_every_term_is_drawn_on_a_log_axis_too(app, full_record, term):
    page = app(PAGE)
    page.segmented_control(key="curve").set_value(term).run()
    page.toggle(key="log").set_value(True).run()
    assert not page.exception


def test_the_table_has_what_fit_and_the_tape_would_print(app, full_record, trained):
    table = app(PAGE).dataframe[0].value
    metrics = trained[0].metrics(full_record[0].id)
    assert table["Loss"][0] == pytest.approx(curves.epoch_losses(metrics)[-1]["loss"])
    assert table["Running mean"][0] == pytest.approx(metrics.loss.mean())


def test_the_picked_runs_are_in_the_address(app, full_record):
    page = app(PAGE)
    page.multiselect[0].set_value([full_record[1].id]).run()
    assert page.query_params["runs"] in (full_record[1].id, [full_record[1].id])


@pytest.mark.parametrize("query", [{"view": "nonsense"}, {"curve": "<script>"}])
def test_an_impossible_view_in_the_address_is_said_in_a_sentence(app, full_record, query):
    page = app(PAGE, **query)
    assert not page.exception
    assert "is not possible: it must be one of" in page.warning[0].value


def test_a_deleted_run_in_the_address_is_said_and_the_others_are_shown(app, full_record):
    page = app(PAGE, runs=["f" * 32, full_record[0].id])
    assert not page.exception
    assert "There is no run" in page.warning[0].value
    assert page.multiselect[0].value == [full_record[0].id]


def test_queued_runs_say_that_they_wait(app, record):
    run_id = record.create(RunConfig(), "tape")
    page = app(PAGE, runs=[run_id])
    assert not page.exception
    assert any(button.label == "Stop" for button in page.button)


def said(page, text):
    """Whether a line of the page says this."""
    return any(text in element.value for element in page.markdown)


@pytest.fixture(scope="module")
def replicated(tmp_path_factory):
    """A record with a race of tape and fit over two seeds, and the tape with another order."""
    record = new_record(tmp_path_factory.mktemp("replicated"))
    race = [
        train_here(record, SMALL.replicate(number), loop, "Small", "cd" * 16)
        for number in range(2)
        for loop in ("tape", "fit")
    ]
    return record, race, train_here(record, SMALL.model_copy(update={"order_shift": 1}), name="Shuffled")


@pytest.fixture
def replicates(replicated, monkeypatch):
    monkeypatch.setenv("VAE_LAB_ARTIFACTS", str(replicated[0].folder))
    return replicated[1:]


def test_replicates_become_one_line_with_a_band(app, replicates):
    page = app(PAGE, runs=[run.id for run in replicates[0]])
    assert not page.exception
    assert said(page, "Identical to the last bit for 20 steps with each of 2 seeds.")
    page.toggle(key="band").set_value(False).run()
    assert not page.exception and said(page, "another seed gives")


def test_an_impossible_switch_of_the_band_in_the_address_is_said_in_a_sentence(app, replicates):
    page = app(PAGE, runs=[run.id for run in replicates[0]], band="x")
    assert not page.exception
    assert page.warning[0].value == "band = x in the address is not possible: it must be true or false."


def test_replicates_of_one_loop_tell_what_chance_does(app, replicates):
    page = app(PAGE, runs=[run.id for run in replicates[0] if run.loop == "tape"])
    assert said(page, "Over 2 seeds the last epoch's loss lies between")


def test_another_shuffle_is_named(app, replicates):
    race, shuffled = replicates
    page = app(PAGE, runs=[race[0].id, shuffled.id])
    assert said(page, "They differ from the first step on") and said(page, "different shuffle.")
    assert list(page.dataframe[0].value["Seed shift, order"]) == ["0", "1"]


def test_of_three_runs_it_is_said_which_are_alike(app, replicates):
    race, shuffled = replicates
    page = app(PAGE, runs=[race[0].id, race[1].id, shuffled.id])
    (headline,) = [element.value for element in page.markdown if "identical" in element.value]
    assert "identical to the last bit for 20 steps." in headline and "different shuffle." in headline
    assert headline.count("differ ") == 1


def test_the_weights_are_compared_at_every_epoch(app, full_record):
    assert not [table for table in app(PAGE).dataframe if "After step" in table.value]
    table = app(PAGE, weights="true").dataframe[-1].value
    assert list(table["After step"]) == ["0", "10", "20"]
    assert set(table[table.columns[-1]]) == {"0"}


def test_an_impossible_switch_of_the_weights_in_the_address_is_said_in_a_sentence(app, full_record):
    page = app(PAGE, weights="maybe")
    assert not page.exception
    assert "must be true or false" in page.warning[0].value


def test_damaged_weights_are_said_in_a_sentence(app, record):
    runs = [train_here(record, SMALL, name=name) for name in "ab"]
    weights.path(record.weights_folder(runs[1].id), 10).write_bytes(b"nonsense")
    page = app(PAGE, runs=[run.id for run in runs], weights="true")
    assert not page.exception
    assert any("are damaged." in caption.value for caption in page.caption)


def test_runs_without_weights_of_the_same_step_say_so(app, record):
    runs = [train_here(record, SMALL, name=name) for name in "ab"]
    shutil.rmtree(record.weights_folder(runs[1].id))
    page = app(PAGE, runs=[run.id for run in runs], weights="true")
    assert not page.exception
    assert any(caption.value == "They keep no weights of the same step." for caption in page.caption)


def test_the_speed_has_a_table_of_its_own(app, full_record):
    table = app(PAGE).dataframe[1].value
    assert list(table["Images a second"]) == pytest.approx([64 * rate for rate in table["Steps a second"]])
    assert (table["First epoch"] > 0).all() and (table["Later epochs"] > 0).all()


def test_a_race_is_started_from_the_page(app, record):
    page = app(PAGE, loops=["GradientTape, compiled", "GradientTape, scanned"], seeds="2")
    page.button[0].click().run()
    assert not page.exception
    runs = record.newest()
    assert sorted((run.loop, run.config.seed) for run in runs) == [
        ("tape", 0), ("tape", 1), ("tape_scan", 0), ("tape_scan", 1)
    ]  # fmt: skip
    assert len({run.race for run in runs}) == 1
    assert set(page.query_params["runs"]) == {run.id for run in runs}
    assert not [pills for pills in page.pills if pills.key == "loops"]  # out of the way of the curves


def test_beside_runs_the_controls_of_a_race_wait_until_they_are_asked_for(app, full_record):
    assert not [pills for pills in app(PAGE).pills if pills.key == "loops"]
    for asked in ({"loops": "GradientTape, compiled"}, {"seeds": "2"}):
        assert app(PAGE, **asked).pills(key="loops").value


def test_the_controls_of_a_race_say_what_starts(app, record):
    page = app(PAGE)
    page.pills(key="loops").set_value(["GradientTape, compiled", "GradientTape, scanned"]).run()
    page.selectbox(key="preset").set_value("2-D latent space").run()
    page.number_input(key="seeds").set_value(2).run()
    page.button[0].click().run()
    assert not page.exception
    runs = record.newest()
    assert {run.loop for run in runs} == {"tape", "tape_scan"} and len(runs) == 4
    assert all(run.config.replicate(-run.config.seed) == PRESETS["two-d"].config for run in runs)


def test_stop_ends_all_trainings_that_are_shown(app, record):
    runs = [record.create(SMALL, loop) for loop in ("tape", "fit")]
    page = app(PAGE, runs=runs)
    next(button for button in page.button if button.label == "Stop").click().run()
    assert not page.exception
    assert {record.get(run).state for run in runs} == {"stopped"}


@pytest.mark.parametrize(("key", "shown"), [("why", "pills"), ("source", "html")])
def test_a_part_is_drawn_when_its_switch_is_turned(app, full_record, key, shown):
    page = app(PAGE, runs=[run.id for run in full_record])
    before = len(page.get(shown))
    page.toggle(key=key).set_value(True).run()
    assert not page.exception and len(page.get(shown)) > before


def test_the_details_of_every_run_are_linked(app, full_record):
    page = app(PAGE, runs=[run.id for run in full_record])
    links = [link for link in page.page_link if link.value.startswith("Details of")]
    assert [re.search(r"run=([0-9a-f]+)", link.proto.query_string)[1] for link in links] == [
        run.id for run in full_record
    ]


def test_a_race_needs_two_loops(app, record):
    page = app(PAGE, loops="GradientTape, compiled")
    assert page.button[0].disabled
    assert any("Choose two loops or more." in caption.value for caption in page.caption)


@pytest.mark.parametrize(
    "query", [{"loops": "x"}, {"seeds": "0"}, {"seeds": "many"}, {"preset": "x"}, {"causes": "x", "why": "true"},
              {"left": "x", "source": "true"}, {"log": "banana"}, {"why": "banana"}, {"source": "maybe"}]
)  # fmt: skip
def test_an_impossible_choice_in_the_address_is_said_in_a_sentence(app, full_record, query):
    page = app(PAGE, **query)
    assert not page.exception
    assert f"{next(iter(query))} = " in page.warning[0].value and "is not possible" in page.warning[0].value


def test_a_cause_without_trainings_is_started_from_the_page(app, record):
    first = train_here(record, SMALL)
    page = app(PAGE, runs=[first.id], why="true", causes=["Noise", "Tape or fit()"])
    button = next(button for button in page.button if button.label.startswith("Run "))
    assert button.label == "Run 3 short trainings" or button.label == "Run 2 short trainings"
    button.click().run()
    assert not page.exception
    queued = record.newest(("queued",))
    assert {(run.loop, run.config.noise_shift) for run in queued} >= {("tape", 1), ("fit", 0)}
    assert all(run.name.startswith("Cause: ") for run in queued)


def test_a_cause_that_was_tried_before_is_shown_at_once(app, record):
    config = SMALL.model_copy(update={"compiler": "graph"})
    runs = [train_here(record, config, loop) for loop in ("tape", "fit")]
    page = app(PAGE, runs=[run.id for run in runs], why="true", causes=["Tape or fit()", "Metric never reset"])
    assert not any(button.label.startswith("Run ") for button in page.button)
    table = page.dataframe[-1].value
    assert list(table["Cause"]) == ["Metric never reset", "Tape or fit()"]
    assert list(table["Largest difference"])[1] == "0"


def test_no_cause_is_no_experiment(app, full_record):
    page = app(PAGE, why="true", causes="")
    page.pills(key="causes").set_value([]).run()
    assert not page.exception
    assert any("Choose at least one cause." in caption.value for caption in page.caption)


def source_table(page):
    (table,) = [element.proto.body for element in page.get("html") if "vae-lab-source" in element.proto.body]
    return table


def test_the_loops_are_read_side_by_side(app, full_record):
    page = app(PAGE, source="true")
    assert not page.exception
    table = source_table(page)
    assert "tape.gradient(loss, model.trainable_weights)" in table and "class=differs" in table
    page.selectbox(key="right").set_value("GradientTape, compiled").run()
    assert "class=differs" not in source_table(page)
    page.selectbox(key="left").set_value("GradientTape, scanned").run()
    assert "class=differs" in source_table(page)
