"""The work that starts with the server."""

import keras
from streamlit.runtime.scriptrunner import script_runner
from tensorflow.python.eager import context

from pages.parts import assets, background, outlook, preload


def test_what_tensorflow_has_compiled_stays_after_a_script_run(monkeypatch):
    cleared = []
    monkeypatch.setattr(context.Context, "clear_kernel_cache", lambda self: cleared.append(self))
    monkeypatch.setattr(outlook, "read_ahead", lambda: None)
    monkeypatch.setattr(background.gc, "freeze", lambda: None)
    monkeypatch.setattr(keras.backend, "clear_session", keras.utils.clear_session)
    script_runner._clean_problem_modules()
    assert len(cleared) == 1  # what Streamlit does by itself
    background._get_ready()
    script_runner._clean_problem_modules()
    assert len(cleared) == 1


def test_all_programs_that_are_loaded_ahead_are_files_of_this_streamlit():
    assert len(assets.files(preload.PROGRAMS)) == len(preload.PROGRAMS)
