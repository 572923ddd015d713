import pytest
from pages.parts.frame import PAGES

@pytest.mark.parametrize("page", PAGES)
def test_opens(app, record, page):
    at=app(page)
    assert not at.exception, at.exception
