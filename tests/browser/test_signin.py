"""Signing in by an identity provider: a real one, whom the app's server asks, and the people who come from it."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, free_port, settle, visit
from tests.browser.identity import CLIENT_SECRET, Provider
from tests.browser.test_access import start
from tests.conftest import new_record

pytestmark = pytest.mark.browser


class Owned(NamedTuple):
    """A lab whose owners an identity provider knows."""

    server: Server
    provider: Provider


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    """Ada owns it."""
    folder, port, provider = tmp_path_factory.mktemp("owned"), free_port(), Provider()
    secrets = folder / "secrets.toml"
    secrets.write_text(provider.secrets(f"http://127.0.0.1:{port}"))
    server = Server(
        folder / "runs",
        port,
        VAE_LAB_MODE="owner",
        VAE_LAB_OWNERS="bob@example.org, Ada@Example.org",
        STREAMLIT_SECRETS_FILES=str(secrets),
    )
    yield Owned(server, provider)
    server.close()
    provider.close()


def sign_in(page: Page, owned: Owned, person: str, then: str = "/train") -> None:
    """Goes to the provider, says who one is, comes back and opens a page."""
    visit(page, owned.server.url)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name=person, exact=True).click()
    page.wait_for_url(f"{owned.server.url}/")
    visit(page, f"{owned.server.url}{then}")


def reason(page: Page):
    """The sentence below the button that starts a training, while it is disabled."""
    return page.get_by_text("Only the owners of this lab train and change things here").first


def test_a_listed_owner_signs_in_and_trains(page: Page, owned: Owned):
    sign_in(page, owned, "ada", "/train?images=640&epochs=1&loop=GradientTape%2C+compiled")
    expect(page.get_by_text("Signed in as ada@example.org, an owner.")).to_be_visible()
    start(page).click()
    page.wait_for_url("**run=*", timeout=60_000)
    settle(page)
    (run,) = new_record(owned.server.folder).newest()
    assert run.visitor


@pytest.mark.parametrize("person", ["eve", "unverified"])
def test_who_is_not_listed_or_not_verified_may_not_train_and_reads_why(page: Page, owned: Owned, person: str):
    sign_in(page, owned, person)
    address = {"eve": "eve@example.org", "unverified": "ada@example.org"}[person]
    said = f"Signed in as {address}, which is not the verified address of an owner here."
    expect(page.get_by_text(said)).to_be_visible()
    expect(start(page)).to_be_disabled()
    expect(reason(page)).to_be_visible()


def test_signing_out_takes_it_back_here_and_at_the_provider(page: Page, owned: Owned):
    sign_in(page, owned, "ada")
    expect(start(page)).to_be_enabled()
    before = len(owned.provider.signed_out)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{owned.server.url}/")
    visit(page, f"{owned.server.url}/train")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(start(page)).to_be_disabled()
    assert len(owned.provider.signed_out) == before + 1
    assert not [cookie for cookie in page.context.cookies() if cookie["name"].startswith("_streamlit_user")]


def test_a_token_that_the_provider_has_not_signed_signs_nobody_in(page: Page, owned: Owned):
    sign_in(page, owned, "forged")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(start(page)).to_be_disabled()


def test_neither_a_page_nor_the_log_tells_the_secret_or_an_address(page: Page, owned: Owned):
    sign_in(page, owned, "ada")
    assert CLIENT_SECRET not in page.content()
    log = owned.server.log_file.read_text()
    assert CLIENT_SECRET not in log and "ada@example.org" not in log
