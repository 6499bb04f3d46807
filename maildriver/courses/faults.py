"""What is wrong with a course, so said that its author can mend it at once."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CourseFault:
    """One fault: where it is, what it is, and what to do."""

    file: str  # below the folder that holds the courses
    line: int  # 0: the file as a whole
    level: Literal["error", "warning"]
    problem: str
    remedy: str

    @property
    def where(self) -> str:
        """The file, and its line if the fault is of one."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(slots=True)
class Faults:
    """Collects the faults of one course; nothing stops at the first."""

    found: list[CourseFault]

    def error(self, file: str, line: int, problem: str, remedy: str) -> None:
        """Note what keeps the course from being sent."""
        self.found.append(CourseFault(file, line, "error", problem, remedy))

    def warning(self, file: str, line: int, problem: str, remedy: str) -> None:
        """Note what its author should know."""
        self.found.append(CourseFault(file, line, "warning", problem, remedy))

    def in_order(self) -> tuple[CourseFault, ...]:
        """Return each fault once, by file and line."""
        return tuple(
            sorted(
                dict.fromkeys(self.found), key=lambda each: (each.file, each.line, each.problem)
            )
        )
