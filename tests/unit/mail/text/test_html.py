"""HTML mail: its words as they were seen, without what its program marked as quoted."""

import pytest
from support.raw_mails import mail, multipart
from support.shipped_words import explain

from maildriver.mail.reply.trim import trim
from maildriver.mail.text.html import html_text

QUOTED = "<p>Which of the four was nearest?</p>"
PROGRAMS = {
    "gmail": '<div dir="ltr">Io.</div><br><div class="gmail_quote gmail_quote_container">'
    '<div dir="ltr" class="gmail_attr">On Tue, Mar 12, 2024 at 10:15 AM Course &lt;'
    '<a href="mailto:c@example.net">c@example.net</a>&gt; wrote:<br></div>'
    f'<blockquote class="gmail_quote">{QUOTED}</blockquote></div>',
    "outlook web": '<div>Io.</div><div id="appendonsend"></div><hr>'
    '<div id="divRplyFwdMsg"><b>From:</b> Course<br><b>Sent:</b> Tuesday, March 12, 2024'
    f"<br><b>To:</b> Anna<br><b>Subject:</b> Moons</div>{QUOTED}",
    "outlook": '<p class="MsoNormal">Io.</p><div style="border:none;border-top:solid 1pt">'
    '<p class="MsoNormal"><b>From:</b> Course &lt;c@example.net&gt;<br><b>Sent:</b> Tuesday, '
    f"March 12, 2024 10:15 AM<br><b>To:</b> Anna<br><b>Subject:</b> Moons</p></div>{QUOTED}",
    "apple mail": '<div>Io.</div><div><br><blockquote type="cite"><div>On Mar 12, 2024, at '
    f"10:15 AM, Course &lt;c@example.net&gt; wrote:</div>{QUOTED}</blockquote></div>",
    "thunderbird": '<p>Io.</p><div class="moz-cite-prefix">On 12.03.24 10:15, Course wrote:'
    f'<br></div><blockquote type="cite" cite="mid:x@example.net">{QUOTED}</blockquote>',
    "yahoo": '<div>Io.</div><div id="ydp1" class="yahoo_quoted"><div>On Tuesday, March 12, 2024 '
    f"at 10:15 AM, Course &lt;c@example.net&gt; wrote:</div>{QUOTED}</div>",
    "proton": '<div>Io.</div><div class="protonmail_quote">On Tuesday, March 12th, 2024 at '
    f'10:15, Course wrote:<br><blockquote class="protonmail_quote">{QUOTED}</blockquote></div>',
    "gmx": '<div>Io.</div><div name="quote"><div>Gesendet: Dienstag, 12. März 2024 um 10:15<br>'
    f'Von: "Course" &lt;c@example.net&gt;</div><div name="quoted-content">{QUOTED}</div></div>',
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_program_marks_as_quoted_is_cut(name: str) -> None:
    found = explain("x", mail(PROGRAMS[name], content_type="text/html; charset=utf-8"))
    assert found.reply == "Io."
    assert "nearest" in found.elided


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_answer_below_the_quotation_is_kept(name: str) -> None:
    below = f"{PROGRAMS[name]}<p>And Europa too.</p>"
    if name.startswith("outlook"):
        return  # what stands below its header cannot be told from the quotation
    assert "And Europa too." in trim(html_text(below).text).reply


def test_answers_between_quotations_keep_their_questions() -> None:
    html = (
        "<blockquote type=cite>Which was nearest?</blockquote><p>Io.</p>"
        "<blockquote type=cite>And brightest?</blockquote><p>Ganymede.</p>"
    )
    reply = trim(html_text(html).text).reply
    assert [line for line in reply.split("\n") if line] == [
        "> Which was nearest?", "Io.", "> And brightest?", "Ganymede.",
    ]  # fmt: skip


def test_a_writers_own_block_quotation_is_theirs() -> None:
    html = "<p>Galileo says:</p><blockquote>They move.</blockquote><p>So they do.</p>"
    text = html_text(html).text
    assert "They move." in trim(text).reply
    assert "So they do." in trim(text).reply


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two", "one\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<b>b</b>old <i>and</i>&nbsp;so", "bold and so"),
        ("a\n  b\t c", "a b c"),
        ("&lt;b&gt; &amp; &#8364;", "<b> & €"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<style>p {}</style><script>x()</script><!-- no -->yes", "yes"),
        ('<p style="display: none">no</p>yes', "yes"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>if x:\n    y</pre>", "if x:\n    y"),
        ("no tags at all", "no tags at all"),
        ("", ""),
    ],
)
def test_html_becomes_the_text_that_was_seen(html: str, text: str) -> None:
    assert [line.rstrip() for line in html_text(html).text.split("\n")] == text.split("\n")


def test_what_nests_too_deep_keeps_its_words() -> None:
    assert "words" in html_text("<div>" * 50_000 + "words").text


def test_the_html_part_is_taken_where_the_text_is_a_stub() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nOpen this in your browser to read it.",
        f"Content-Type: text/html; charset=utf-8\n\n{PROGRAMS['gmail']}",
        kind="alternative",
    )
    assert explain("x", raw).reply == "Io."


def test_an_unknown_part_is_a_file_and_no_text() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nIo.",
        'Content-Type: application/ms-tnef; name="winmail.dat"\n'
        "Content-Transfer-Encoding: base64\n\neJ8+IgAA",
        "Content-Type: x-odd/thing\n\nbytes",
    )
    assert explain("x", raw).reply == "Io."
