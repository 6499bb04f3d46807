"""Courses, their lesson versions, and the issues of their newsletters."""

from maildriver.database.migrations.tables import (
    DATE,
    ID,
    MOMENT,
    NUMBER,
    TEXT,
    create,
    index,
    optional,
    required,
    text,
)


def create_all() -> None:
    create(
        "course",
        required("slug", TEXT),
        text("settings"),
        text("in_force"),
        text("fingerprint"),
        required("stored_at", MOMENT),
        key=["slug"],
    )
    create(
        "lesson",
        required("id", ID),
        text("course"),
        text("slug"),
        text("language"),
        text("version"),
        required("position", NUMBER),
        text("title"),
        text("source"),
        text("files"),
        text("text"),
        unique=[["course", "slug", "language", "version"]],
    )
    create(
        "issue",
        required("course", TEXT),
        required("slug", TEXT),
        required("date", DATE),
        optional("announced_to", ID),
        key=["course", "slug"],
    )
    create(
        "due_issue",
        required("enrolment_id", ID),
        required("slug", TEXT),
        required("due_at", MOMENT),
        key=["enrolment_id", "slug"],
        belongs={"enrolment_id": "enrolment.id"},
    )
    index("due_issue", "due_at")
