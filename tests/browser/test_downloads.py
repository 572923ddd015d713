"""A download that cannot be made when it is asked for: the visitor reads why, and can try again."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, settle, visit
from vae.runs import Run, Store, weights

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, trained: tuple[Store, list[Run]]) -> Iterator[Server]:
    """A server on a copy of the trained runs, so that they can be damaged."""
    folder = Path(shutil.copytree(trained[0].folder, tmp_path_factory.mktemp("site") / "runs"))
    running = Server(folder)
    yield running
    running.close()


@pytest.fixture
def newest(site: Server, trained: tuple[Store, list[Run]]) -> Iterator[Path]:
    """The newest weights of the first run; what is done to them is undone."""
    folder = site.folder / trained[1][0].id
    file = weights.path(folder, weights.steps(folder)[-1])
    whole = file.read_bytes()
    yield file
    file.write_bytes(whole)


def ask(page: Page, button: str) -> None:
    """Chooses a file from the Download menu, or presses a button beside it."""
    if button != "Snapshot (HTML)":
        page.get_by_role("button", name="Download", exact=True).click()
    page.get_by_role("button", name=button, exact=True).click()


@pytest.mark.parametrize("button", ["Weights (npz)", "Bundle", "Snapshot (HTML)"])
def test_damaged_weights_are_said_in_a_sentence(page: Page, site: Server, trained, newest: Path, button: str):
    visit(page, f"{site.url}/runs?run={trained[1][0].id}")
    newest.write_bytes(newest.read_bytes()[:-100])
    ask(page, button)
    expect(page.get_by_text(f"The weights {newest.name} are damaged.")).to_be_visible(timeout=60_000)
    settle(page)


def test_weights_that_are_gone_are_said_in_a_sentence_and_once_they_are_back_it_works(
    page: Page, site: Server, trained, newest: Path
):
    visit(page, f"{site.url}/runs?run={trained[1][0].id}")
    away = [(file, file.read_bytes()) for file in newest.parent.glob("step-*.npz")]
    for file, _ in away:
        file.unlink()
    ask(page, "Weights (npz)")
    expect(page.get_by_text("This run has no weights yet.")).to_be_visible(timeout=30_000)
    for file, content in away:
        file.write_bytes(content)
    with page.expect_download(timeout=30_000) as download:
        page.get_by_role("button", name="Weights (npz)", exact=True).click()
    assert download.value.path().read_bytes() == newest.read_bytes()
