"""`doctor`: a trial of a site's mail, and the right settings.

    log in to both ──> a test mail to ourselves ──> its arrival ──> DNS ──> settings

The test mail is our own (by From and Message-ID), so a site that runs at the same time treats
it as a loop and ignores it. Mailboxes are only read.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from maildriver.app.accounts import imap_account, imap_credential, smarthost, smtp_credential
from maildriver.app.site import open_site, utc_now
from maildriver.domain.delivery import Refused
from maildriver.domain.token import SiteAddress
from maildriver.errors import MaildriverError
from maildriver.operator.doctor.dns import Server, examine_dns
from maildriver.operator.doctor.report import Finding, Report
from maildriver.operator.doctor.test_mail import Arrival, Finder, Probe, Sender, make_probe
from maildriver.operator.doctor.write_settings import write_changes
from maildriver.settings.site import LONGEST_LOCAL_PART, ImapSection, Settings, SmtpSection
from maildriver.store import mail_accounts
from maildriver.transport.imap.mailbox import open_mailbox

_SECURITY = {"tls": "TLS", "starttls": "STARTTLS", "none": "no encryption, on this machine"}


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `doctor`."""

    write: bool = False
    seconds: float = 60.0  # how long to wait for a test mail
    dns: Server = None


async def examine(
    site: Path,
    settings: Settings,
    options: Options,
    show: Callable[[Finding], None],
    progress: Callable[[str], None],
) -> Report:
    """Return all findings about the mail of a site; call `show` with each finding at once."""
    report = Report(settings, show)
    async with AsyncExitStack() as stack:
        post = await _log_in_smtp(report, stack)
        watch = await _log_in_imap(report, stack)
        if post is None or watch is None:
            return report
        trial = _Trial(report, post, watch, options, progress)
        arrival = await trial.run()
    domain = settings.site.address.rpartition("@")[2]
    await examine_dns(report, domain, arrival.signatures if arrival else None, options.dns)
    if arrival is not None:
        _report_settings(report, site, write=options.write)
    return report


def end_pauses(folder: Path, report: Report) -> None:
    """End the pause of each mail account that has just accepted our login, so `run` tries it."""
    if not (folder / "var").is_dir():  # nothing has ever run here
        return
    with open_site(folder) as site:
        site.database.write(lambda conn: _end_pauses(conn, report))


def _end_pauses(conn: sa.Connection, report: Report) -> None:
    names: tuple[mail_accounts.AccountName, ...] = ("smtp", "imap")
    good = {each.topic for each in report.findings if each.state == "good"}
    for name in names:
        if name in good and not mail_accounts.get(conn, name).is_open(utc_now()):
            mail_accounts.record_use(conn, name, utc_now())
            report.add(f"{name} pause", "good", "login works again, pause lifted")


# -- the two logins ----------------------------------------------------------------


async def _log_in_smtp(report: Report, stack: AsyncExitStack) -> Sender | None:
    settings = report.settings
    post = Sender(smarthost(settings), smtp_credential(settings))
    try:
        await post.open()
    except MaildriverError as error:
        report.add_error("smtp", error, "smtp")
        return None
    stack.push_async_callback(post.close)
    report.add("smtp", "good", _logged_in(settings.smtp))
    return post


async def _log_in_imap(report: Report, stack: AsyncExitStack) -> Finder | None:
    settings = report.settings
    account, credential = imap_account(settings), imap_credential(settings)
    mailboxes = {}
    try:
        for name in settings.imap.mailbox:
            opened = open_mailbox(account, await credential(), name)
            mailboxes[name] = await stack.enter_async_context(opened)
    except MaildriverError as error:
        report.add_error("imap", error, "imap")
        return None
    report.add("imap", "good", f"{_logged_in(settings.imap)}; reads {', '.join(mailboxes)}")
    return Finder(account, credential, mailboxes)


def _logged_in(account: SmtpSection | ImapSection) -> str:
    peer, how = f"{account.host}:{account.port}", _SECURITY[account.security]
    if not account.user:
        return f"{peer} accepts mail without a login ({how})"
    proof = "access token" if account.token_command else "password"
    return f"logged in to {peer} as {account.user} ({how}; {proof})"


# -- the test mail -----------------------------------------------------------------


class _Trial:
    """One or two test mails, and the findings about them."""

    def __init__(
        self,
        report: Report,
        sender: Sender,
        finder: Finder,
        options: Options,
        progress: Callable[[str], None],
    ) -> None:
        site = report.settings.site
        # Where the settings have no separator, the usual one is tried.
        self._own = SiteAddress(site.address, site.subaddress or "+")
        self._report, self._sender, self._finder = report, sender, finder
        self._options, self._progress = options, progress
        self._sent: dict[Probe, float] = {}  # with the time when each was accepted
        self._refusal = ""  # of the address with a detail
        self._sender_refused = False

    async def run(self) -> Arrival | None:
        """Send, wait, and report the findings; return the mail that arrived."""
        try:
            arrival = await self._try_with_detail() or await self._try_plain()
        except MaildriverError as error:
            self._report.add_error("test mail", error)
            return None
        if arrival is None:
            self._report_nothing()
            return None
        self._report_folder(arrival)
        self._report_subaddressing(arrival)
        self._report_envelope_sender(arrival)
        self._report_authserv_id(arrival)
        return arrival

    async def _try_with_detail(self) -> Arrival | None:
        if len(self._own.address.partition("@")[0]) > LONGEST_LOCAL_PART:
            self._refusal = f"more than {LONGEST_LOCAL_PART} characters before the @"
            return None
        refused = await self._send(make_probe(self._own, detail=True, verp=True))
        if refused is not None:
            # Many servers refuse a sender only at RCPT, as if it were for the recipient.
            self._sender_refused = True
            refused = await self._send(make_probe(self._own, detail=True, verp=False))
        if refused is not None:
            self._refusal = f"{refused.code} {refused.text}"
            return None
        return await self._wait()

    async def _try_plain(self) -> Arrival | None:
        refused = await self._send(make_probe(self._own, detail=False, verp=False))
        if refused is not None:
            raise MaildriverError(
                f"{self._sender.smarthost.peer} refuses mail from {self._own.address} to itself:"
                f" {refused.code} {refused.text}",
                hint="Set `address` under [site] to an address that this account may send from.",
            )
        return await self._wait()

    async def _send(self, probe: Probe) -> Refused | None:
        refused = await self._sender.send(probe)
        if refused is None:
            self._sent[probe] = asyncio.get_running_loop().time()
        return refused

    async def _wait(self) -> Arrival | None:
        """Wait for all mails that were sent: the first may only be slow."""
        to, seconds = [*self._sent][-1].recipient, self._options.seconds
        self._progress(f"Sent a test mail to {to}; waiting up to {seconds:.0f} s for it.")
        arrival = await self._finder.find([*self._sent], seconds)
        if arrival is not None:
            taken = asyncio.get_running_loop().time() - self._sent[arrival.probe]
            self._report.seconds = round(taken, 1)
        return arrival

    # -- findings --------------------------------------------------------------------

    def _report_nothing(self) -> None:
        account = self._report.settings.imap
        self._report.add(
            "test mail",
            "mend",
            f"sent, but did not arrive within {self._options.seconds:.0f} s",
            f"Check that mail to {self._own.address} is delivered to the mailbox of"
            f" {account.user} at {account.host}. If it is only slow, raise --timeout.",
        )

    def _report_folder(self, arrival: Arrival) -> None:
        report, folder = self._report, arrival.folder
        report.folder = folder
        text = f"arrived in {folder} after {report.seconds} s"
        if folder in report.settings.imap.mailbox:
            report.add("test mail", "good", text)
        else:
            remedy = f'Mark it as not spam, or add "{folder}" to `mailbox` under [imap].'
            report.add("test mail", "mend", f"{text}, a folder that is not read", remedy)

    def _report_subaddressing(self, arrival: Arrival) -> None:
        works = arrival.probe.recipient != self._own.address
        self._report.found["site.subaddress"] = self._own.subaddress if works else ""
        if works:
            what = self._own.reply_to("detail")
            self._report.add("sub-addressing", "good", f"works: mail to {what} arrives")
            return
        why = f"refused: {self._refusal}" if self._refusal else "such mail does not arrive"
        self._report_lack("sub-addressing", f"does not work ({why})", "site", "subaddress", '""')

    def _report_envelope_sender(self, arrival: Arrival) -> None:
        sender, path, topic = arrival.probe.sender, arrival.return_path, "envelope sender"
        if not self._report.found["site.subaddress"]:
            self._report.found["smtp.verp"] = False
            self._report.add(topic, "good", "one for all mails: sub-addressing does not work")
        elif self._sender_refused:
            self._report_no_verp("the server refuses a different one for each mail")
        elif path is None:
            self._report.add(topic, "advice", "unknown: no server added a Return-Path")
        elif path.lower() == sender.lower():
            self._report.found["smtp.verp"] = True
            self._report.add(topic, "good", "kept: bounces can be matched to mails")
        else:
            self._report_no_verp(f"rewritten to <{path[:254]}>")

    def _report_no_verp(self, text: str) -> None:
        self._report.found["smtp.verp"] = False
        self._report_lack("envelope sender", text, "smtp", "verp", "false")

    def _report_lack(self, topic: str, text: str, section: str, key: str, value: str) -> None:
        """Report what the provider lacks; the operator must act if the settings rely on it."""
        counted_on = getattr(getattr(self._report.settings, section), key)
        if counted_on and not self._options.write:
            remedy = f"Write {key} = {value} under [{section}], or run: maildriver doctor --write"
            self._report.add(topic, "mend", text, remedy)
        else:
            self._report.add(topic, "good", text)

    def _report_authserv_id(self, arrival: Arrival) -> None:
        """Report whose Authentication-Results to believe."""
        seen, believed = arrival.authserv_id, self._report.settings.imap.authserv_id
        topic = "authserv-id"
        if not seen and believed:
            # Mail to oneself often lacks the header; that is no reason to believe nobody.
            self._report.add(topic, "advice", f"none in this mail; keeping {believed}")
            return
        if seen.lower() == believed.lower():
            self._report.add(topic, "good", seen or "none in this mail, and none is trusted")
            return
        self._report.found["imap.authserv_id"] = seen
        if believed and not self._options.write:
            remedy = f'Write authserv_id = "{seen}" under [imap], or use doctor --write.'
            self._report.add(topic, "mend", f"found {seen}, not {believed}", remedy)
        else:
            self._report.add(topic, "good", seen)


# -- the settings that follow ------------------------------------------------------


def _report_settings(report: Report, site: Path, *, write: bool) -> None:
    """Write the settings that were found, or report what would be written."""
    changes = report.changes()
    if not changes:
        report.add("settings", "good", "match what the server supports")
    elif write:
        report.written = write_changes(site, changes)
        for line in report.written:
            report.add("settings", "good", f"written: {line}")
    else:
        for change in changes:
            before, after = _toml(change.now), _toml(change.found)
            text = f"--write would change {change.name} from {before} to {after}"
            report.add("settings", "advice", text)


def _toml(value: str | bool) -> str:  # noqa: FBT001 - it is the value that is shown
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
