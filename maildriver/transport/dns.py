"""Lookup of TXT records in the DNS."""

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver

#: Seconds for one query, with all its retries.
TIMEOUT = 5.0


class DnsError(Exception):
    """The lookup failed, so it is unknown whether there are records; the message says why."""


async def txt_records(
    name: str, *, server: tuple[str, int] | None = None, seconds: float = TIMEOUT
) -> list[str]:
    """Return the TXT records of a name, none if the name does not exist; raise DnsError.

    `server` is the address and port of a name server, in place of this machine's. The strings
    of one record are joined (RFC 7208 3.3).
    """
    try:
        wanted = dns.name.from_text(name)
    except (dns.exception.DNSException, UnicodeError):
        return []  # no such name can exist
    try:
        resolver = dns.asyncresolver.Resolver(configure=server is None)
        if server is not None:
            resolver.nameservers, resolver.port = [server[0]], server[1]
        answer = await resolver.resolve(wanted, "TXT", lifetime=seconds)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.Timeout:
        raise DnsError(f"the DNS does not answer about {name}") from None
    except dns.resolver.NoResolverConfiguration:
        raise DnsError("this machine knows no DNS server") from None
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise DnsError(f"the DNS gives no answer about {name}") from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
