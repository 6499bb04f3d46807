"""The conditions of the outbox's partial indexes.

The outbox keeps all messages there ever were. A query names one of these conditions beside the
states that it asks for, and so finds its rows by an index. The conditions hold nothing that
changes while a message is sent, except `claimed_by`; the state changes three times.
"""

import sqlalchemy as sa

from maildriver.database.schema import outbox

#: ready, claimed, dotted or unsure
WAITING = outbox.c.settled_at.is_(None)
#: waiting, and unsure at least once
UNSURE = sa.and_(WAITING, outbox.c.unsure_count > sa.text("0"))
#: claimed or dotted
CLAIMED = outbox.c.claimed_by != sa.text("''")
#: all but sent
UNSENT = outbox.c.parts.is_not(None)
#: sent, held or failed
SETTLED = outbox.c.settled_at.is_not(None)
#: held or failed
ASIDE = sa.and_(SETTLED, UNSENT)
#: what responds to a mail: see domain.message_kind
NOTES = outbox.c.kind.in_(
    [sa.literal_column(f"'{kind}'") for kind in ("note", "receipt", "asked")]
)
