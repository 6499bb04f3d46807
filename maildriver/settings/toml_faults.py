"""Pydantic's errors in a TOML file, in words for its author."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from maildriver.domain.did_you_mean import did_you_mean, quoted

_SENTENCES = {
    "int_type": "{input} is not a whole number",
    "int_parsing": "{input} is not a whole number",
    "int_from_float": "{input} is not a whole number",
    "bool_type": "{input} is neither true nor false",
    "bool_parsing": "{input} is neither true nor false",
    "string_type": "{input} is not text; put it in quotes",
    "literal_error": "{input} is not one of {expected}",
    "greater_than_equal": "{input} is less than {ge}",
    "less_than_equal": "{input} is more than {le}",
    "date_from_datetime_parsing": "invalid date {input}; write it as 2027-01-31, without quotes",
    "date_parsing": "invalid date {input}; write it as 2027-01-31, without quotes",
    "date_type": "invalid date {input}; write it as 2027-01-31, without quotes",
    "string_too_short": "must not be empty",
    "tuple_type": "{input} is not a list; put it in square brackets",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in a TOML file: the path of its key, and a sentence about the problem."""

    path: tuple[str, ...]
    problem: str

    @property
    def key(self) -> str:
        """The keys as a person writes them: `smtp.port`."""
        return ".".join(self.path)


def key_error(key: str, problem: str) -> PydanticCustomError:
    """Return an error that blames one key, for a validator of a whole model to raise."""
    return PydanticCustomError("crossed", "{problem}", {"key": key, "problem": problem})


def faults(error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """Return every fault that the validation of `model` found."""
    return [_fault(each, model) for each in error.errors(include_url=False)]


def _fault(error: ErrorDetails, model: type[BaseModel]) -> Fault:
    context: dict[str, Any] = error.get("ctx", {})
    path = tuple(part for part in error["loc"] if isinstance(part, str))  # without list indices
    kind = error["type"]
    if kind == "crossed":
        return Fault((*path, context["key"]), context["problem"])
    if kind == "value_error":
        return Fault(path, str(context["error"]))
    if kind == "extra_forbidden":
        what = "section" if isinstance(error["input"], dict) else "key"
        return Fault(path, f"unknown {what}{_guess(path, model)}")
    if kind == "missing":
        return Fault(path, _missing(path, model))
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        name = ".".join(path)
        known = ", ".join(_model_at(path, model).model_fields)
        return Fault(path, f"must be a section: put [{name}] on its own line, then {known}")
    given = error["input"]
    context["input"] = quoted(given) if isinstance(given, str) else ascii(given)[:60]
    context["expected"] = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    sentence = _SENTENCES.get(kind)  # the library's message may contain braces
    return Fault(path, sentence.format_map(context) if sentence else error["msg"])


def _guess(path: Sequence[str], model: type[BaseModel]) -> str:
    here = _model_at(path[:-1], model)
    known, word = here.model_fields, path[-1]
    for section in known:
        inner = known[section].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel) and word in inner.model_fields:
            return f"; it belongs to {section}: {section} = {{{word} = ...}}"
    return did_you_mean(word, known) or f"; choose from {', '.join(known)}"


def _missing(path: tuple[str, ...], model: type[BaseModel]) -> str:
    examples = _model_at(path[:-1], model).model_fields[path[-1]].examples
    return f'is missing; for example: {path[-1]} = "{examples[0]}"' if examples else "is missing"


def _model_at(path: Sequence[str], model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of the section that `path` leads to."""
    for name in path:
        inner = model.model_fields[name].annotation
        assert isinstance(inner, type)
        assert issubclass(inner, BaseModel)
        model = inner
    return model
