"""Elements: what comes from outside stays text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp.report.html import Markup, element, join

from ..support.dashboards import Outline
from ..support.samples import PROPERTY


@PROPERTY
@given(st.text(), st.text())
def test_text_never_becomes_markup(child: str, value: str) -> None:
    """Whatever a child or an attribute's value is, one element comes of it, with those words."""
    page = element("p", child, title=value)
    outline = Outline(page)
    assert [tag for tag, _ in outline.elements] == ["p"]
    assert page.count("<") == page.count(">") == 2
    page.encode("utf-8")


def test_what_cannot_be_shown_is_replaced() -> None:
    """Control characters and lone surrogates, which no file can hold, become a sign for it."""
    assert element("b", "a\x00b\x1b\ud800c\u0085") == "<b>a\ufffdb\ufffd\ufffdc\ufffd</b>"


def test_attributes() -> None:
    """`_` is `-` but at an end, None and False leave out, True is the name alone."""
    made = element("td", class_="a", data_label="b", hidden=True, open=False, id=None, x=1.50)
    assert made == '<td class="a" data-label="b" hidden x="1.5"></td>'


def test_children() -> None:
    """Markup stays, numbers are short, None is nothing; void elements are closed right."""
    assert element("p", Markup("<b>x</b>"), None, 0.126, 7) == "<p><b>x</b>0.137</p>"
    assert element("br") == "<br>"
    assert element("rect", x=0) == '<rect x="0"/>'
    assert element("rect", element("title", "t")) == "<rect><title>t</title></rect>"
    assert join(["a", "<"]) == "a&lt;"
