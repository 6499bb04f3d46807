"""The courses in force, read from the database again only when they have changed."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from maildriver.domain.course import Course
from maildriver.store import courses


@dataclass(slots=True)
class CourseCache:
    """Gives courses by slug. Each service that renders has its own."""

    _known: dict[str, tuple[str, Course]] = field(default_factory=dict)

    def get(self, conn: sa.Connection, slug: str) -> Course:
        """Return the course in force."""
        fingerprint = courses.fingerprint(conn, slug)
        known = self._known.get(slug)
        if known is None or known[0] != fingerprint:
            loaded = courses.get(conn, slug)
            assert loaded is not None, slug
            known = self._known[slug] = (fingerprint, loaded)
        return known[1]
