"""A stranger, an owner and an impatient visitor, each in a browser of their own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, settle, visit
from tests.conftest import new_record

pytestmark = pytest.mark.browser
PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose owners have a passphrase."""
    folder = tmp_path_factory.mktemp("owned") / "runs"
    running = Server(folder, VAE_LAB_MODE="owner", VAE_LAB_PASSPHRASE=PASSPHRASE)
    yield running
    running.close()


def sign_in(page: Page, typed: str) -> None:
    """Types a passphrase and presses the button."""
    page.get_by_label("Owners' passphrase", exact=True).fill(typed)
    page.get_by_role("button", name="Sign in", exact=True).click()
    settle(page)


def start(page: Page):
    """The button that starts a training."""
    return page.get_by_role("button", name="Start training")


def test_a_stranger_is_told_why_the_button_is_disabled(page: Page, owned: Server):
    visit(page, f"{owned.url}/train")
    expect(start(page)).to_be_disabled()
    start(page).hover(force=True)
    expect(page.get_by_role("tooltip")).to_contain_text("Only the owners of this lab")


def test_an_owner_signs_in_and_out_and_the_passphrase_is_told_nowhere(page: Page, owned: Server):
    visit(page, f"{owned.url}/train")
    sign_in(page, "not the passphrase")
    expect(page.get_by_text("That is not the passphrase.")).to_be_visible()
    sign_in(page, PASSPHRASE)
    expect(start(page)).to_be_enabled()
    assert PASSPHRASE not in page.content() and "horse" not in page.url
    assert PASSPHRASE not in owned.log_file.read_text()
    page.get_by_role("button", name="Sign out").click()
    settle(page)
    expect(start(page)).to_be_disabled()


def test_the_sixth_try_in_a_minute_is_refused_also_after_a_reload(page: Page, owned: Server):
    visit(page, f"{owned.url}/train")
    for number in range(5):
        sign_in(page, f"guess number {number}")
    page.reload()
    settle(page)
    sign_in(page, PASSPHRASE)
    expect(page.get_by_text("Too many tries: this lab takes 5 a minute from you")).to_be_visible()
    expect(start(page)).to_be_disabled()


def test_many_clicks_on_start_and_more_after_a_reload_start_one_run(page: Page, server: Server):
    for _ in range(2):
        visit(page, f"{server.url}/train?epochs=500&loop=GradientTape%2C+compiled")
        # Each click interrupts the page that the one before it draws, so that the last one counts.
        start(page).click(click_count=20)
        page.wait_for_url("**run=*", timeout=120_000)
        settle(page)
    (run,) = new_record(server.folder).newest()
    assert run.active and run.visitor
    new_record(server.folder).ask_stop(run.id)
