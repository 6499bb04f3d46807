"""`maildriver doctor` with providers that lack something, and with a DNS that answers."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from support.doctor import NO_DNS, edit, facts
from support.servers.mailstack import MailStack
from support.servers.name_server import Zone, name_server
from support.servers.sink import Script, Sink
from support.site import TestSite


@asynccontextmanager
async def provider(
    site: TestSite,
    stack: MailStack,
    script: Script | None = None,
    *,
    header: bytes = b"",
    sender: str | None = None,
    folder: str = "",
) -> AsyncIterator[Sink]:
    """Stand in for a provider's way in: what it takes comes to the site's mailbox.

    It adds a header, and may rewrite the envelope sender, or file the mail in a folder.
    """

    def hand_on(taken: Mapping[str, str], content: bytes) -> None:
        if folder:
            with stack.session(site.address) as imap:
                imap.create(folder)
            stack.append(site.address, header + content, mailbox=folder)
        else:
            mail_from = taken["mail_from"] if sender is None else sender
            stack.deliver(site.address, header + content, mail_from=mail_from)

    async def relay() -> None:
        done = 0
        while True:
            while done < len(sink.accepted):
                await asyncio.to_thread(hand_on, sink.taken[done], sink.accepted[done])
                done += 1
            await asyncio.sleep(0.05)  # between two looks

    async with Sink(script) as sink:
        edit(site, f"port = {stack.ports.smtp}", f"port = {sink.port}")
        task = asyncio.create_task(relay())
        yield sink
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def doctor(site: TestSite, *words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    command = ("doctor", *(words if "--dns" in words else (*words, *NO_DNS)))
    return await asyncio.to_thread(site.call, *command, expect=expect)


async def test_a_detail_that_is_refused_is_told_and_plain_mail_is_tried(
    mail_site: TestSite, mailstack: MailStack
) -> None:
    refusal = "550 5.1.1 no such user"
    async with provider(mail_site, mailstack, {"rcpt": [refusal, refusal]}) as sink:
        done = await doctor(mail_site, expect=1)

    assert f"sub-addressing: does not work (refused: {refusal})" in done.stdout
    assert [each["rcpt"] for each in sink.taken] == [mail_site.address]
    assert [each["mail_from"] for each in sink.taken] == [mail_site.address]


async def test_an_envelope_sender_that_is_refused_is_told_apart_from_the_recipient(
    mail_site: TestSite, mailstack: MailStack
) -> None:
    async with provider(mail_site, mailstack, {"rcpt": ["553 5.7.1 not your address"]}) as sink:
        done = await doctor(mail_site, "--write")

    assert "sub-addressing: works" in done.stdout
    assert "envelope sender: the server refuses a different one for each mail" in done.stdout
    assert re.search(r"written: maildriver\.toml:\d+: verp = false", done.stdout)
    assert "+doctor-" in sink.taken[0]["rcpt"]


async def test_a_rewritten_sender_and_the_name_of_the_server_are_read_from_the_mail(
    mail_site: TestSite, mailstack: MailStack
) -> None:
    header = b"Authentication-Results: mx.Example.net (us) 1; spf=pass\r\n"
    header += b"Authentication-Results: forged.example; dmarc=pass\r\n"
    async with provider(mail_site, mailstack, header=header, sender="bounce@example.net"):
        done = await doctor(mail_site, "--json", expect=1)
        await doctor(mail_site, "--write")
        again = await doctor(mail_site)

    found = facts(done)
    assert found["envelope sender"]["text"] == "rewritten to <bounce@example.net>"
    assert found["settings"] == {
        "site.subaddress": "+",
        "smtp.verp": False,
        "imap.authserv_id": "mx.Example.net",
    }
    assert "settings: match what the server supports" in again.stdout
    assert "authserv-id: mx.Example.net" in again.stdout


async def test_mail_that_goes_to_the_spam_folder_is_found_there(
    mail_site: TestSite, mailstack: MailStack
) -> None:
    async with provider(mail_site, mailstack, folder="Junk"):
        done = await doctor(mail_site, "--timeout", "5", "--json", expect=1)

    found = facts(done)
    assert found["folder"] == "Junk"
    assert found["test mail"]["state"] == "mend"
    assert "Mark it as not spam" in found["test mail"]["remedy"]
    assert found["envelope sender"]["text"].startswith("unknown")
    assert "smtp.verp" not in found["settings"]


async def test_mail_that_never_comes_is_told_in_time(
    mail_site: TestSite, mailstack: MailStack
) -> None:
    async with Sink() as sink:
        edit(mail_site, f"port = {mailstack.ports.smtp}", f"port = {sink.port}")
        done = await doctor(mail_site, "--timeout", "1", expect=1)

    assert "test mail: sent, but did not arrive within 1 s" in done.stdout
    assert [each["rcpt"] == mail_site.address for each in sink.taken] == [False, True]


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        ({"rcpt": "451 4.7.1 greylisted"}, 4, "takes no mail now: 451 4.7.1 greylisted"),
        ({"rcpt": "550 5.7.1 not you"}, 1, "to itself: 550 5.7.1 not you"),
        ({"dot": "554 5.7.1 it looks bad"}, 1, "refuses the test mail: 554 5.7.1 it looks bad"),
        ({"data": None}, 4, "did not take the test mail"),
    ],
)
async def test_a_refusal_is_told_with_its_words(
    script: Script, code: int, words: str, mail_site: TestSite, mailstack: MailStack
) -> None:
    async with provider(mail_site, mailstack, script):
        done = await doctor(mail_site, expect=code)

    assert re.search(rf"^test mail: .*{re.escape(words)}", done.stdout, re.MULTILINE)


async def test_spf_dmarc_and_dkim_are_told(mail_site: TestSite, mailstack: MailStack) -> None:
    zone: Zone = {
        "maildriver.test": ['"v=spf1 mx -all"'],
        "_dmarc.maildriver.test": ['"v=DMARC1; p=reject"'],
        "s1._domainkey.maildriver.test": ['"v=DKIM1; p=MIGf"'],
    }
    header = b"DKIM-Signature: v=1; d=maildriver.test; s=s1; b=x\r\n"
    async with provider(mail_site, mailstack, header=header), name_server(zone) as (host, port):
        done = await doctor(mail_site, "--dns", f"{host}:{port}")

    assert "spf: maildriver.test: v=spf1 mx -all" in done.stdout
    assert "dmarc: maildriver.test: the policy is reject" in done.stdout
    assert "dkim: signed by maildriver.test, its key is in the DNS" in done.stdout


async def test_what_the_dns_lacks_is_told_with_a_remedy(mail_site: TestSite) -> None:
    async with name_server({}) as (host, port):
        done = await doctor(mail_site, "--dns", f"{host}:{port}")

    assert "spf: maildriver.test has no SPF record" in done.stdout
    assert "dkim: the test mail has no DKIM signature" in done.stdout
    assert '_dmarc.maildriver.test, to start with: "v=DMARC1; p=none"' in done.stderr
