"""The findings of `doctor` in the DNS of our domain."""

from collections.abc import Sequence

from maildriver.operator.doctor.dns_records import (
    Dmarc,
    Judgement,
    best_signature,
    dmarc_domains,
    judge_dkim,
    judge_dmarc,
    judge_spf,
    read_dmarc,
)
from maildriver.operator.doctor.report import Report
from maildriver.transport.dns import DnsError, txt_records

Server = tuple[str, int] | None


async def examine_dns(
    report: Report, domain: str, signatures: Sequence[str] | None, server: Server
) -> None:
    """Report on SPF, DMARC and DKIM, or in one line that the DNS cannot be asked.

    A missing record is advice only: the provider may have to add the record, and mail to
    ourselves arrives without it. `signatures` is None if no test mail arrived.
    """
    try:
        _add(report, "spf", judge_spf(domain, await txt_records(domain, server=server)))
        record, place = await _dmarc(domain, server)
        _add(report, "dmarc", judge_dmarc(domain, record, place))
        if signatures is None:
            return
        signature = best_signature(domain, signatures)
        key = await txt_records(signature.key_name, server=server) if signature else []
        strict = record is not None and record.strict
        judgement = judge_dkim(domain, signature, key, organisation=place, strict=strict)
        _add(report, "dkim", judgement)
    except DnsError as error:
        report.add("dns", "advice", f"{error}, so SPF, DKIM and DMARC are not all known")


async def _dmarc(domain: str, server: Server) -> tuple[Dmarc | None, str]:
    """Return the record in force for a domain, and the domain that has the record."""
    for place in dmarc_domains(domain):
        record = read_dmarc(await txt_records(f"_dmarc.{place}", server=server))
        if record is not None:
            return record, place
    return None, ""


def _add(report: Report, topic: str, judgement: Judgement) -> None:
    report.add(topic, "good" if judgement.good else "advice", judgement.text, judgement.remedy)
