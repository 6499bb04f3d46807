"""Which messages have an index of their own, among all that there ever were.

A query says one of these beside the states that it asks for. The indexes are of what does not
change while a message is sent, but for `claimed_by`; the state changes three times.
"""

import sqlalchemy as sa

from maildriver.database.schema import outbox

#: ready, claimed, dotted or unsure
WAITING = outbox.c.settled_at.is_(None)
#: ready or unsure, and was unsure once
UNSURE = sa.and_(WAITING, outbox.c.unsure_count > sa.text("0"))
#: claimed or dotted
CLAIMED = outbox.c.claimed_by != sa.text("''")
#: all but sent
UNSENT = outbox.c.parts.is_not(None)
#: sent, held or failed
SETTLED = outbox.c.settled_at.is_not(None)
#: held or failed
ASIDE = sa.and_(SETTLED, UNSENT)
