"""A course delivered entirely by mail.

     clock ──> due enrolments ──> packets ────────┐
     clock ──> unseen posts ──> digests ──────────┼──> outbox ──> SMTP
     IMAP ──> inbox ──> classify ──┬──> command ──┘
                                   ├──> post          read by the digest
                                   ├──> bounce        ──> suppression, read by the outbox
                                   └──> doubtful      ──> held, for a person

Each arrow is a service. It takes rows from one table, asks a pure function what to do, and
writes the result and the next rows in one transaction. Services never call each other:
they meet in the database, so each can be read, tested, killed and restarted alone.

Imports point one way:

    cli > app > config > services > actions > content | store | transport > domain > errors

Read along the packet's way: `services.scheduler`, `domain.cadence`, `content.composer`,
`store.outbox`, `services.sender`, `transport.smtp`. And along a reply's: `transport.imap`,
`services.poller`, `services.intake`, `domain.mail`, `domain.classify`, `actions.decide_mail`,
then `services.digester` and `content.discussion`, out to the class. What comes with a reply goes
through `domain.filefate` and `store.mailfiles`, and out again by `domain.enclosure`.
"""
