"""Students, the addresses they write from, and their enrolments."""

from maildriver.database.migrations.tables import (
    DATE,
    ID,
    MOMENT,
    NUMBER,
    TEXT,
    count,
    create,
    index,
    optional,
    required,
    text,
)


def create_all() -> None:
    create(
        "student",
        required("id", ID),
        required("address", TEXT),
        text("address_as_given"),
        text("base_address"),
        text("name"),
        text("language"),
        text("zone", "UTC"),
        unique=[["address"]],
    )
    index("student", "base_address")
    create(
        "alias",
        required("address", TEXT),
        required("student_id", ID),
        required("at", MOMENT),
        key=["address"],
        belongs={"student_id": "student.id"},
    )
    index("alias", "student_id")
    _create_enrolment()
    create(
        "had",
        required("enrolment_id", ID),
        required("lesson", TEXT),
        text("version"),
        required("position", NUMBER),
        required("at", MOMENT),
        count("last_seen_number"),
        key=["enrolment_id", "lesson"],
        belongs={"enrolment_id": "enrolment.id"},
    )


def _create_enrolment() -> None:
    create(
        "enrolment",
        required("id", ID),
        required("student_id", ID),
        text("course"),
        text("cohort"),
        text("role", "student"),
        text("state", "asked"),
        text("pause_why"),
        optional("pause_until", MOMENT),
        text("days"),
        text("at"),
        optional("starts", DATE),
        optional("greet_at", MOMENT),
        optional("due_at", MOMENT),
        text("digest_every", "daily"),
        optional("digest_due_at", MOMENT),
        text("undo"),
        required("enrolled_at", MOMENT),
        optional("confirmed_at", MOMENT),
        unique=[["student_id", "course"]],
        belongs={"student_id": "student.id"},
    )
    index("enrolment", "state", "due_at")
    index("enrolment", "greet_at")
    index("enrolment", "digest_due_at")
    index("enrolment", "state", "pause_until")
    index("enrolment", "course", "state")
    index("enrolment", "course", "role")
