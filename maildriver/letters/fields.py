"""Template variables of a letter."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from maildriver.domain.course import Course
from maildriver.letters import jinja
from maildriver.letters.frame import Reader, SiteFrame
from maildriver.letters.labels import local_time

#: The value of a variable; a time is shown on the reader's clock.
Field = str | int | datetime | Sequence[datetime] | Sequence[str]


def letter_fields(
    site: SiteFrame,
    reader: Reader,
    fields: Mapping[str, Field],
    course: Course | None,
    labels: Mapping[str, Any],
) -> jinja.Fields:
    """Return all variables that the template of a letter can use."""

    def shown(value: Field) -> str | int | tuple[str, ...]:
        if isinstance(value, datetime):
            return local_time(value, reader.zone, labels)
        if isinstance(value, str | int):
            return value
        return tuple(
            each if isinstance(each, str) else local_time(each, reader.zone, labels)
            for each in value
        )

    lessons = len({each.slug for each in course.lessons}) if course else 0
    return {
        "site": {"name": site.name, "address": site.address.address},
        "course": {"title": course.title if course else "", "lessons": lessons},
        "student": {"name": reader.name, "address": reader.address},
        **{key: shown(value) for key, value in fields.items()},
    }
