"""The link and the QR code that every page offers."""

from streamlit.testing.v1 import AppTest

from pages.parts import share


def test_a_page_offers_its_qr_code_only_when_asked(app, record):
    page = app("pages/train.py")
    assert not page.exception
    assert not page.sidebar.get("imgs")


def test_a_host_on_this_computer_alone_says_how_to_let_others_in(app, record, monkeypatch):
    monkeypatch.setattr(share.addresses, "is_loopback", lambda page: True)
    monkeypatch.setattr(share.addresses, "listens_for_others", lambda address: False)
    assert any("--lan" in caption.value for caption in app("pages/train.py").sidebar.caption)


def test_a_link_that_is_too_long_for_a_code_is_said():
    def panel():
        from pages.parts import share

        share._panel("x" * 3000)

    page = AppTest.from_function(panel).run()
    assert not page.exception and "too long" in page.caption[0].value
