"""The site itself, its mail accounts, and the bytes that other tables refer to."""

from maildriver.database.migrations.tables import (
    BYTES,
    MOMENT,
    NUMBER,
    TEXT,
    count,
    create,
    optional,
    required,
    text,
)


def create_all() -> None:
    create(
        "site",
        required("id", NUMBER),
        required("signing_key", BYTES),
        optional("run_started_at", MOMENT),
        optional("run_alive_at", MOMENT),
    )
    create(
        "mail_account",
        required("name", TEXT),
        optional("paused_until", MOMENT),
        text("why"),
        count("failures"),
        optional("seen_at", MOMENT),
        key=["name"],
    )
    create("blob", required("sha256", TEXT), required("bytes", BYTES), key=["sha256"])
