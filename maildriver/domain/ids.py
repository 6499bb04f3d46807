"""Types of row ids, one per table.

A type checker finds swapped ids. `number` is only for what people see: the number of a post or of
a lesson.
"""

from typing import NewType

StudentId = NewType("StudentId", int)
EnrolmentId = NewType("EnrolmentId", int)
#: A message in the outbox; shown as `out-7`.
MessageId = NewType("MessageId", int)
#: A mail in the inbox; shown as `in-12`.
MailId = NewType("MailId", int)
#: A file from a mail; shown as `file-3`.
FileId = NewType("FileId", int)
PostId = NewType("PostId", int)
