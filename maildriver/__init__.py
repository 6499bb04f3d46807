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
`services.poller`, `store.taking` (in which order), `services.intake`, `services.understanding`,
`domain.intake` (what a mail says, and of which kind it is), `actions.decide_mail`, then
`services.digester` and `content.discussion`, out to the class. What comes with a reply goes
through `domain.intake.filefate` and `store.mailfiles`, and out again by `domain.enclosure`.
"""
