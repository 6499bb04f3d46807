"""Templates and labels by language, with overrides of course and site."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from maildriver.domain.hold_reason import HoldReason
from maildriver.letters.shipped import shipped_templates

FALLBACK_LANGUAGE = "en"
LABELS_FILE = "labels.toml"
REASONS_FILE = "reasons.toml"
_RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"}


@dataclass(frozen=True, slots=True)
class Templates:
    """The sources of templates, in order of precedence: course, site, shipped."""

    course: Mapping[str, str]
    site: Mapping[str, str]
    language: str = FALLBACK_LANGUAGE  # of the course, for a reader in whose language none is

    def without_language(self, name: str) -> str:
        """Return a template that has no language, such as layout.html."""
        return next(self.candidates(name))

    def in_language(self, name: str, language: str) -> str:
        """Return a template in that language, else in the course's, else in English.

        Raises KeyError if there is none.
        """
        for each in self.languages_to_try(language):
            for found in self.candidates(f"{each}/{name}"):
                return found
        raise KeyError(f"there is no template {name}")

    def languages_to_try(self, language: str) -> Sequence[str]:
        """Return the languages to try, in order: pt-BR, pt, that of the course, en."""
        wanted = [each for tag in (language, self.language) for each in (tag, _base(tag))]
        return list(dict.fromkeys([*wanted, FALLBACK_LANGUAGE]))

    def candidates(self, name: str) -> Iterator[str]:
        """Yield the texts of one file from all sources, the one in force first."""
        for source in (self.course, self.site, shipped_templates()):
            if name in source:
                yield source[name]


def _base(language: str) -> str:
    return language.partition("-")[0]


def text_direction(language: str) -> str:
    """Return the direction of a language as HTML writes it: `rtl` or `ltr`."""
    return "rtl" if _base(language) in _RIGHT_TO_LEFT else "ltr"


def labels_for(templates: Templates, language: str) -> Mapping[str, Any]:
    """Return the labels of the page frame, with their own language under `language`.

    Keys that the file of a site or a course leaves out come from the shipped file.
    """
    found, own, base = _texts(templates, LABELS_FILE, language)
    reply = {**base["reply"], **own.get("reply", {})}
    return {**base, **own, "reply": reply, "language": found}


def reason_in(templates: Templates, language: str, reason: HoldReason) -> str:
    """Return why a mail is held, as a clause in a language."""
    _, own, base = _texts(templates, REASONS_FILE, language)
    clause = str(own.get(reason.why) or base[reason.why])
    return clause.format(**reason.values)


def reason_in_english(reason: HoldReason) -> str:
    """Return why a mail is held, for the operator and the log."""
    return reason_in(Templates({}, {}), FALLBACK_LANGUAGE, reason)


def _texts(
    templates: Templates, file: str, language: str
) -> tuple[str, Mapping[str, Any], Mapping[str, Any]]:
    """Return the language found, the texts of the file in force, and the shipped texts."""
    for each in templates.languages_to_try(language):
        for text in templates.candidates(f"{each}/{file}"):
            return each, _parsed(text), _parsed(Templates({}, {}).in_language(file, each))
    raise KeyError(file)


def local_time(moment: datetime, zone: str, labels: Mapping[str, Any]) -> str:
    """Return a moment on the reader's clock, with the weekday."""
    return _formatted("moment", moment, zone, labels)


def local_date(moment: datetime, zone: str, labels: Mapping[str, Any]) -> str:
    """Return the day of a moment in the reader's calendar, with the weekday."""
    return _formatted("day", moment, zone, labels)


def _formatted(pattern: str, moment: datetime, zone: str, labels: Mapping[str, Any]) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return str(labels[pattern]).format(
        weekday=labels["weekdays"][local.weekday()],
        day=local.day,
        month=labels["months"][local.month - 1],
        year=local.year,
        time=f"{local:%H:%M}",
        zone=zone,
    )


@cache
def _parsed(text: str) -> Mapping[str, Any]:
    return tomllib.loads(text)


def readable_size(size: int) -> str:
    """Return a size as a student reads it: 120 KB, 1.4 MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(size // 1000, 1)} KB"
