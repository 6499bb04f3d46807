"""The tables of a site, by area: one module for each.

A column `<table>_id` holds the id of a row. `course` and `lesson` hold slugs; `address` is in
lower case. A column `*_at` or `at` is a moment, one of `count` starts at 0, and text is never
null: empty is "none".
"""

from maildriver.database.metadata import metadata
from maildriver.database.schema.courses import course, due_issue, issue, lesson
from maildriver.database.schema.discussion import post
from maildriver.database.schema.inbox import inbox, mail_file, mailbox
from maildriver.database.schema.outbox import outbox, suppression
from maildriver.database.schema.people import alias, enrolment, had, student
from maildriver.database.schema.site import blob, mail_account, site

__all__ = [
    "alias",
    "blob",
    "course",
    "due_issue",
    "enrolment",
    "had",
    "inbox",
    "issue",
    "lesson",
    "mail_account",
    "mail_file",
    "mailbox",
    "metadata",
    "outbox",
    "post",
    "site",
    "student",
    "suppression",
]
