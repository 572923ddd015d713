"""Text of strangers within HTML and JSON."""

import json

import pytest

from vae.snapshot.markup import Html, element, joined, script_json

HOSTILE = "</script><script>alert(1)</script><!-- ]]> \u2028 \u2029 & \" ' </title> {{x}} ${y} $title"


def test_text_in_an_element_is_escaped():
    assert element("p", "<b>&", class_='a"b') == '<p class="a&quot;b">&lt;b&gt;&amp;</p>'


def test_html_in_an_element_stays():
    assert element("p", Html("<b>a</b>"), "<") == "<p><b>a</b>&lt;</p>"


def test_what_is_joined_counts_as_html():
    assert element("p", joined("<", element("i", "a"))) == "<p>&lt;<i>a</i></p>"


def test_an_image_has_no_end():
    assert element("img", src="data:,", alt="<") == '<img src="data:," alt="&lt;">'


@pytest.mark.parametrize("value", [HOSTILE, {HOSTILE: [HOSTILE]}])
def test_json_in_a_script_cannot_end_it_and_says_the_same(value):
    text = script_json(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value
