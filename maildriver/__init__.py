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

Imports point one way. The callers are above, a room for each thing a class does in the middle,
what serves all rooms below:

    cli                    one file per family of commands
    operator               what an operator or a teacher asks for
    app                    opening a site, its services, and what each room brings: features
    courses | inbound      course folders to lesson versions; IMAP to decided mail
    newsletter | moderation | commands
    lessons | discussion | outbound
    enrolment
    feature                what a room may bring
    letters | effects | demo
    store                  queries, one module for each noun
    mail | transport | settings | database | sandbox
    failpoints
    domain                 values that every room knows
    errors

The way of a packet: `lessons.scheduler`, `lessons.plan`, `domain.cadence`, `letters.packet`,
`letters.writer`, `store.outbox`, `outbound.sender`, `transport.smtp.connection`,
`outbound.result_writer`, `lessons.packet_sent`.

The way of a reply: `transport.imap.mailbox`, `inbound.poller`, `store.inbox_claims` (the order),
`inbound.intake`, `inbound.understand`, `mail` (what a mail says, and its kind), `inbound.decide`,
`discussion.posting`, `discussion.digester`, `letters.posts`. Its files: `mail.file_policy`,
`store.post_files`, `domain.enclosed_files`.

A new feature is a room of its own with a `feature.py`, and one line in `app.features`: its kinds
of mail, commands, replies, effects, services, keys of course.toml and lines of `status` reach the
rest as values. Natural keys are in `domain.keys`, kinds of mail in `domain.message_kind`.
"""
