"""All tables of the first release."""

from maildriver.database.migrations.versions.tables_0001 import (
    courses,
    discussion,
    inbox,
    outbox,
    people,
    site,
)

revision = "0001.63ca980d"
down_revision = None


def upgrade() -> None:
    site.create_all()
    people.create_all()
    courses.create_all()
    outbox.create_all()
    inbox.create_mail()
    discussion.create_all()
    inbox.create_files()
