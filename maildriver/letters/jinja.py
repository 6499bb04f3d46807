"""Jinja2 for course authors: trusted with words, not with the machine.

A template reaches nothing but text, numbers and dates. Text from a student (a name is
enough) is shown exactly as it was typed: it cannot become Markdown, HTML or a header.
Time and memory are not bounded here, so a new template is tried in a process that can be
killed (sandbox.process).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, Undefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

#: The variables of a template: plain values, no objects whose attributes lead elsewhere.
Fields = Mapping[str, str | int | date | bool | tuple[str, ...] | Mapping[str, str | int]]

_ALLOWED_FILTERS = (
    *("abs", "capitalize", "default", "d", "first", "join", "last", "length", "count", "lower"),
    *("max", "min", "replace", "reverse", "round", "sort", "string", "sum", "title", "trim"),
    *("truncate", "unique", "upper", "wordcount"),
)
_ALLOWED_TESTS = (
    *("defined", "undefined", "divisibleby", "eq", "even", "odd", "in", "lt", "gt", "ge", "le"),
    *("ne", "none", "number", "string"),
)

#: Statements that an author may not use, with their tags. Text from students is escaped
#: where it is filled in; these pass it on to where it would be changed or escaped again.
_FORBIDDEN: Mapping[type[nodes.Node], str] = {
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.AssignBlock: "set ... endset",
    nodes.ScopedEvalContextModifier: "autoescape",
    nodes.Block: "block",
    nodes.Extends: "extends",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:/@=^$%'\"])")
_BREAKS = re.compile(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029\t]+")
_INVISIBLE = re.compile(
    # U+200C and U+200D stay: names in Persian or Hindi need them, and direction is unaffected.
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def one_line(text: str) -> str:
    """Return a text on one line, without control characters and bidirectional marks."""
    return _INVISIBLE.sub("", _BREAKS.sub(" ", text)).strip()


class OurMarkdown(str):
    """Markdown from a file of templates, which is shown as Markdown."""

    __slots__ = ()


def escape_markdown(value: object) -> str:
    """Return a value escaped, so that Markdown shows exactly its characters."""
    if isinstance(value, OurMarkdown):
        return one_line(value)
    if isinstance(value, Undefined):
        str(value)  # raises UndefinedError with the name of the missing variable
    return _MARKDOWN.sub(r"\\\1", one_line(str(value)))


def _short_range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > 1000:
        raise OverflowError("a range has at most 1000 numbers")
    return numbers


def environment() -> ImmutableSandboxedEnvironment:
    """Return a Jinja2 environment that escapes values for Markdown."""
    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=escape_markdown,
        keep_trailing_newline=True,
    )
    made.globals = {"range": _short_range}
    made.filters = {name: made.filters[name] for name in _ALLOWED_FILTERS}
    made.tests = {name: made.tests[name] for name in _ALLOWED_TESTS}
    return made


def plain_environment() -> ImmutableSandboxedEnvironment:
    """Return a Jinja2 environment for subjects and text frames, which escapes nothing."""
    made = environment()
    made.finalize = lambda value: one_line(str(value)) if isinstance(value, str) else value
    return made


_MARKDOWN_ENVIRONMENT = environment()
_PLAIN_ENVIRONMENT = plain_environment()


def render(source: str, fields: Fields) -> str:
    """Return a template rendered as Markdown; raise TemplateError if that fails."""
    return _compiled(source).render(fields)


def render_plain(source: str, fields: Fields) -> str:
    """Return a template rendered on one line, as for a subject, with nothing escaped."""
    return one_line(_compiled_plain(source).render(fields))


@lru_cache(maxsize=64)
def _compiled(source: str) -> Template:
    """Return the compiled template; compiling takes longer than rendering."""
    return _MARKDOWN_ENVIRONMENT.from_string(source)


@lru_cache(maxsize=64)
def _compiled_plain(source: str) -> Template:
    return _PLAIN_ENVIRONMENT.from_string(source)


@lru_cache(maxsize=64)
def top_level_variables(source: str) -> frozenset[str]:
    """Return the top-level variables of a template, such as `student`; raise TemplateError."""
    return frozenset(meta.find_undeclared_variables(_MARKDOWN_ENVIRONMENT.parse(source)))


@lru_cache(maxsize=64)
def only_prints(source: str, names: frozenset[str]) -> bool:
    """Return whether a template only prints these variables, unchanged.

    Testing for a value (`{% if student.name %}`) is allowed as well.
    """
    tree = _MARKDOWN_ENVIRONMENT.parse(source)
    above = {id(child): node for node in _all_nodes(tree) for child in node.iter_child_nodes()}
    for name in tree.find_all(nodes.Name):
        if name.name not in names:
            continue
        used: nodes.Node = name
        if isinstance(above[id(used)], nodes.Getattr):
            used = above[id(used)]
        where = above[id(used)]
        if not (isinstance(where, nodes.Output) or _is_test_of(used, where)):
            return False
    return True


def _all_nodes(tree: nodes.Node) -> Iterator[nodes.Node]:
    yield tree
    yield from tree.find_all(nodes.Node)


def _is_test_of(used: nodes.Node, where: nodes.Node) -> bool:
    return isinstance(where, nodes.If) and where.test is used


def variables_in(source: str) -> list[tuple[str, int]]:
    """Return every variable of a template, such as `student.name`, with its line.

    All branches count, even those that no rendering has reached.
    """
    tree = _MARKDOWN_ENVIRONMENT.parse(source)
    # Jinja2 counts a name that one branch sets as undeclared; rendering fails if it is missing.
    own = {name.name for each in tree.find_all(nodes.Assign) for name in _assigned_names(each)}
    free = meta.find_undeclared_variables(tree) - own
    found: list[tuple[str, int]] = []
    within: set[int] = set()  # names of which an attribute is used
    taken: list[tuple[nodes.Getattr | nodes.Getitem, str]]
    taken = [(node, node.attr) for node in tree.find_all(nodes.Getattr)]
    taken += [
        (node, str(node.arg.value))
        for node in tree.find_all(nodes.Getitem)
        if isinstance(node.arg, nodes.Const)
    ]
    for node, attribute in taken:
        if isinstance(node.node, nodes.Name) and node.node.name in free:
            found.append((f"{node.node.name}.{attribute}", node.lineno))
            within.add(id(node.node))
    found += [
        (name.name, name.lineno)
        for name in tree.find_all(nodes.Name)
        if name.name in free and id(name) not in within
    ]
    return found


def _assigned_names(assignment: nodes.Assign) -> list[nodes.Name]:
    names = [assignment.target, *assignment.target.find_all(nodes.Name)]
    return [name for name in names if isinstance(name, nodes.Name)]


def forbidden_tags(source: str) -> list[tuple[str, int]]:
    """Return the tags of a template that are not allowed, each with its line."""
    tree = _MARKDOWN_ENVIRONMENT.parse(source)
    return [(tag, node.lineno) for kind, tag in _FORBIDDEN.items() for node in tree.find_all(kind)]


def error_line(error: Exception) -> int:
    """Return the line of the template at which an error arose; 1 if unknown."""
    line: Any = getattr(error, "lineno", None)
    if line is None:
        traceback = error.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == "<template>":
                line = traceback.tb_lineno
            traceback = traceback.tb_next
    return int(line or 1)
