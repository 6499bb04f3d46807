"""The keys of course.toml and of a lesson's front matter."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
)

from maildriver.courses.faults import Faults
from maildriver.domain.address import parse_address
from maildriver.domain.cadence import Cadence, parse_at, parse_days
from maildriver.domain.course import (
    Course,
    CourseKey,
    DigestEvery,
    Discussion,
    Files,
    Instructor,
    Join,
    Receipt,
)
from maildriver.domain.did_you_mean import quoted
from maildriver.domain.safe_text import clean_name
from maildriver.domain.time_zones import parse_zone
from maildriver.errors import AddressError
from maildriver.settings.toml_faults import faults as faults_of

_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,7})?")


def _days(value: object) -> frozenset[int]:
    if isinstance(value, str):
        return parse_days(value)
    if isinstance(value, list) and all(isinstance(day, str) for day in value):
        return parse_days(",".join(value))
    raise ValueError('invalid days; write "mon,thu" or ["mon", "thu"]')


def _at(value: object) -> time:
    return parse_at(value.strftime("%H:%M") if isinstance(value, time) else str(value))


def _zone(value: object) -> str:
    return parse_zone(str(value)).key


def _language(value: str) -> str:
    if _TAG.fullmatch(value) is None:
        raise ValueError(f'invalid language code {quoted(value)}; write it as "en" or "pt-BR"')
    return value


def _instructor(value: object) -> Instructor:
    """Return the instructor in `vera@example.org` or `Vera Rubin <vera@example.org>`."""
    name, bracket, rest = str(value).rpartition("<")
    address = rest.removesuffix(">") if bracket else str(value)
    try:
        return Instructor(parse_address(address.strip()), clean_name(name.strip().strip('"')))
    except AddressError as error:
        raise ValueError(str(error).rstrip(".")) from None


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class CadenceToml(_Table):
    """The cadence of students who have not chosen their own."""

    days: Annotated[frozenset[int], BeforeValidator(_days)] = parse_days("mon,thu")
    at: Annotated[time, BeforeValidator(_at)] = time(7, 30)
    zone: Annotated[str, BeforeValidator(_zone)] = "UTC"


class CourseToml(_Table):
    """The keys of course.toml."""

    title: str = Field(min_length=1, examples=["The Night Sky"])
    instructors: tuple[Annotated[Instructor, BeforeValidator(_instructor)], ...] = Field(
        default=(), examples=[["Vera Rubin <vera@example.org>"]]
    )
    language: Annotated[str, AfterValidator(_language)] = "en"
    cadence: CadenceToml = CadenceToml()
    starts: date | None = None
    discussion: Discussion = "class"
    digest: DigestEvery = "daily"
    join: Join = "open"
    files: Files = "named"
    receipt: Receipt = "first"

    @classmethod
    def with_keys(cls, keys: Sequence[CourseKey]) -> "type[CourseToml]":
        """Return the model of a course.toml that has these keys of rooms as well."""
        if not keys:
            return cls
        added: dict[str, Any] = {each.name: (_type_of(each), each.default) for each in keys}
        return create_model(cls.__name__, __base__=cls, **added)

    def course(self, slug: str) -> Course:
        """Return the course without its lessons."""
        return Course(
            slug=slug,
            title=self.title,
            language=self.language,
            cadence=Cadence(self.cadence.days, self.cadence.at),
            zone=self.cadence.zone,
            instructors=self.instructors,
            starts=self.starts,
            discussion=self.discussion,
            digest=self.digest,
            join=self.join,
            files=self.files,
            receipt=self.receipt,
            for_rooms={name: getattr(self, name) for name in self._names_for_rooms()},
        )

    def _names_for_rooms(self) -> set[str]:
        return type(self).model_fields.keys() - CourseToml.model_fields.keys()


def _type_of(key: CourseKey) -> object:
    return Literal[key.choices] if key.choices else type(key.default)


class LessonToml(_Table):
    """The front matter of a lesson."""

    title: str = Field(min_length=1, max_length=150, examples=["Finding north"])


def add_faults(
    faults: Faults,
    file: str,
    error: ValidationError,
    model: type[BaseModel],
    lines: Mapping[tuple[str, ...], Any],
) -> None:
    """Add all faults in the keys of a file, each with its line."""
    for fault in faults_of(error, model):
        line = next(
            (
                lines[fault.path[:n]]
                for n in range(len(fault.path), 0, -1)
                if fault.path[:n] in lines
            ),
            1,
        )
        problem = fault.problem if fault.problem.endswith("?") else f"{fault.problem}."
        faults.error(file, line, f"{fault.key}: {problem}", "Correct this key.")
