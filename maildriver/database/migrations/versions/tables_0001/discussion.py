"""Posts."""

from maildriver.database.migrations.tables import (
    BIG,
    ID,
    MOMENT,
    NUMBER,
    create,
    index,
    index_of_some,
    optional,
    required,
    text,
)


def create_all() -> None:
    create(
        "post",
        required("id", ID),
        optional("number", BIG),
        text("course"),
        text("cohort"),
        text("lesson"),
        optional("thread_id", ID),
        optional("parent_id", ID),
        required("enrolment_id", ID),
        text("state", "accepted"),
        text("audience", "class"),
        optional("to_enrolment_id", ID),
        text("text"),
        text("elided"),
        text("restorable"),
        text("earlier_texts"),
        optional("changed_at", MOMENT),
        text("rule"),
        optional("announced_to", ID),
        required("inbox_id", ID),
        required("part", NUMBER),
        required("at", MOMENT),
        unique=[["number"], ["inbox_id", "part"]],
        refers={"inbox_id": "inbox.id"},
        belongs={"enrolment_id": "enrolment.id"},
    )
    index("post", "course", "cohort", "lesson", "number")
    index("post", "number", "state")
    index("post", "enrolment_id")
    index_of_some("ix_post_announced_to", "post", "announced_to", "announced_to IS NOT NULL")
