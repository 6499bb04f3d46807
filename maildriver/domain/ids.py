"""The ids of rows, one type for each table, so that a type checker finds a swapped one.

`number` is kept for what people see: the number of a post or of a lesson.
"""

from typing import NewType

StudentId = NewType("StudentId", int)
EnrolmentId = NewType("EnrolmentId", int)
#: A mail of ours, in the outbox: `out-7` for people.
MessageId = NewType("MessageId", int)
#: A mail of theirs, in the inbox: `in-12` for people.
MailId = NewType("MailId", int)
#: A file that came with a mail: `file-3` for people.
FileId = NewType("FileId", int)
PostId = NewType("PostId", int)
