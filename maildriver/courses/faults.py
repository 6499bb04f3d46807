"""Faults of a course, each with its place and its remedy."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CourseFault:
    """One fault: its place, the problem, and what to do."""

    file: str  # below the folder that holds the courses
    line: int  # 0: the file as a whole
    level: Literal["error", "warning"]
    problem: str
    remedy: str

    @property
    def where(self) -> str:
        """The file, with the line if the fault is in one line."""
        return f"{self.file}:{self.line}" if self.line else self.file


def _ended_once(problem: str) -> str:
    """Return a problem without the full stop behind a question mark."""
    return problem.removesuffix(".") if problem.endswith("?.") else problem


@dataclass(slots=True)
class Faults:
    """Collects the faults of one course; the check does not stop at the first."""

    found: list[CourseFault]

    def error(self, file: str, line: int, problem: str, remedy: str) -> None:
        """Add a fault that keeps the course from being sent."""
        self.found.append(CourseFault(file, line, "error", _ended_once(problem), remedy))

    def warning(self, file: str, line: int, problem: str, remedy: str) -> None:
        """Add a fault that only the author should know about."""
        self.found.append(CourseFault(file, line, "warning", problem, remedy))

    def in_order(self) -> tuple[CourseFault, ...]:
        """Return each fault once, by file and line."""
        return tuple(
            sorted(
                dict.fromkeys(self.found), key=lambda each: (each.file, each.line, each.problem)
            )
        )
