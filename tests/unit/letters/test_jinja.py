"""Templates: authors cannot climb out of them, and students cannot write through them."""

import html as html_entities
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import TemplateError
from support.course_folders import check, course_folder, lesson

from maildriver.courses.check import check_course
from maildriver.courses.limits import Limits
from maildriver.letters import jinja, markdown
from maildriver.sandbox.process import Sandbox, SandboxError

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ student.name.__class__ }}",
    "{{ student['__class__'] }}",
    "{{ ''['__cl' ~ 'ass__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ [student]|map(attribute='__class__')|list }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(student) }}",
    "{{ '{0.__class__}'.format_map({'0': 1}) }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ range.__globals__ }}",
    "{{ range.__init__ }}",
    "{{ config }}",
    "{{ request.application }}",
    "{{ dict(a=1).__class__ }}",
    "{{ student.items.__self__.__class__ }}",
    "{{ student.update({'name': 'x'}) }}",
    "{{ student.pop('name') }}",
    "{% set x = [] %}{{ x.append(1) }}",
    "{{ 'x'|safe }}",
    "{{ student|tojson }}",
    "{{ 'x'|pprint }}",
    "{% import 'os' as os %}",
    "{% include '/etc/passwd' %}",
    "{% extends 'layout.html' %}",
    "{% macro m() %}{{ caller() }}{% endmacro %}",
    "{% filter upper %}x{% endfilter %}",
    "{% autoescape false %}x{% endautoescape %}",
    "{% for x in range(100000) %}x{% endfor %}",
    "{% for x in loop.__class__ %}{% endfor %}",
    "{% for x in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}",
]

GREEDY = [
    "{{ 'a' * 10 ** 9 }}",
    "{{ [1] * 10 ** 10 }}",
    "{{ 9 ** (9 ** 9) }}",
    "{{ 'a'.ljust(10 ** 11) }}",
    "{{ 'a'.zfill(10 ** 11) }}",
    "{{ '%0999999999999d' % 1 }}",
    "{{ '{:>99999999999}'.format(1) }}",
    "{% for a in range(1000) %}" * 4 + "{% endfor %}" * 4,
    "{% set x = namespace(a='a') %}",
    "{% for a in range(1000) %}" * 2 + "{{ 'a' * 100000 }}" + "{% endfor %}" * 2,
]

HOSTILE = [
    "**bold** _em_ `code` ~~gone~~",
    "# Heading",
    "- item",
    "1. item",
    "> quote",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "https://evil.example www.evil.example evil@example.org",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "&lt;b&gt; &#60;b&#62; &amp;",
    "{{ course.title }} {% raw %} {# #}",
    "a\r\nBcc: victim@example.org\r\n\r\nbody",
    "a\n\n# b\n\n    code",
    "a\u2028b\u2029c\x85d\x0be",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200b\u200f",
    "| a | b |\n|---|---|",
    "\\*not\\* \\",
    "*** --- ___ === ```",
    "[a]: https://evil.example",
    '" onmouseover="x',
    "\x00\x1b[31m\x07",
]


@pytest.mark.parametrize("source", ESCAPES)
def test_a_template_that_climbs_is_a_fault(source: str, tmp_path: Path) -> None:
    checked = check(tmp_path, {"lessons/010-one.md": lesson(f"one\n{source}\n")})

    assert checked.course is None
    assert {(fault.line, fault.level) for fault in checked.faults} == {(5, "error")}


@pytest.mark.parametrize("source", GREEDY)
async def test_a_template_that_eats_time_or_memory_is_ended_or_told(
    source: str, tmp_path: Path
) -> None:
    folder = course_folder(tmp_path, {"lessons/010-one.md": lesson(source)})
    sandbox = Sandbox(memory=600_000_000)
    try:
        try:
            checked = await sandbox.call_within(2, check_course, folder, Limits())
        except SandboxError:
            return
        assert checked.course is None
    finally:
        await sandbox.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_it_is(name: str) -> None:
    assert_inert(name)


def assert_inert(name: str) -> None:
    """A name between two words is one paragraph of exactly its characters."""
    rendered = jinja.render("x{{ student.name }}y", {"student": {"name": name}})
    tokens = markdown.parse(rendered)
    html = markdown.html(tokens, lambda source: source)

    shown = jinja.one_line(name)
    match = re.fullmatch(r"<p>x([^<>]*)y</p>\n", html)
    assert match is not None, html
    assert html_entities.unescape(match[1]) == shown
    alone = jinja.render("{{ student.name }}", {"student": {"name": name}})
    assert [token.type for token in markdown.parse(alone)] in (
        ["paragraph_open", "inline", "paragraph_close"],
        [],
    )


@given(st.text(max_size=60))
@example("a\t\tb   c")
@example("1) x")
@example("+ x")
def test_no_name_becomes_anything_but_text(name: str) -> None:
    assert_inert(name)


@given(st.text(max_size=80))
def test_one_line_is_one_line(text: str) -> None:
    line = jinja.one_line(text)

    assert len(line.splitlines()) <= 1
    assert not any(ord(char) < 32 or 0x202A <= ord(char) <= 0x202E for char in line)
    assert jinja.one_line(line) == line


@pytest.mark.parametrize("expression", ["|upper", "|replace('a', '\\n# a')", " ~ '<b>'", "|title"])
def test_filters_do_not_free_a_name(expression: str) -> None:
    source = f"Dear {{{{ student.name{expression} }}}}!"
    rendered = jinja.render(source, {"student": {"name": "a **b** <i>\n# c"}})
    html = markdown.html(markdown.parse(rendered), lambda source: source)

    assert set(re.findall(r"</?(\w+)", html)) == {"p"}


def test_a_name_in_a_loop_or_a_variable_is_escaped_once() -> None:
    source = "{% set n = student.name %}{% for x in [n] %}{{ x }}{% endfor %} {{ n }}"

    assert jinja.render(source, {"student": {"name": "a_b"}}) == "a\\_b a\\_b"


def test_what_an_author_writes_stays_markdown() -> None:
    source = "**{{ lesson.number }}** {% raw %}{{ }}{% endraw %}\n"

    assert jinja.render(source, {"lesson": {"number": 3}}) == "**3** {{ }}\n"


def test_a_plain_text_is_not_escaped_but_one_line() -> None:
    fields = {"course": {"title": "C*\r\nBcc: x@example.org"}}

    assert jinja.render_plain("On {{ course.title }}!\n", fields) == "On C* Bcc: x@example.org!"


def test_what_is_missing_is_an_error_and_not_empty() -> None:
    with pytest.raises(TemplateError, match="nmae"):
        jinja.render("{{ nmae }}", {})


def test_a_variable_that_is_set_in_each_branch_is_no_unknown_name(tmp_path: Path) -> None:
    source = '{% if student.name %}{% set a, b = "Hi", 1 %}{% else %}{% set a = "Ho" %}{% endif %}'
    sound = check(tmp_path / "a", {"lessons/010-one.md": lesson(source + "{{ a }}")})
    broken = check(tmp_path / "b", {"lessons/010-one.md": lesson(source + "{{ b }}")})

    assert sound.faults == ()
    (fault,) = broken.faults
    assert "cannot be filled in: 'b' is undefined" in fault.problem


def test_all_names_are_found_in_all_branches_with_their_lines() -> None:
    source = "{{ a.b }}\n{% if c %}{{ d['e'] }}\n{% else %}{% set f = g %}{{ f }}{% endif %}"

    assert sorted(jinja.variables_in(source)) == [("a.b", 1), ("c", 2), ("d.e", 2), ("g", 3)]
    assert jinja.top_level_variables(source) >= {"a", "c", "d", "g"}
