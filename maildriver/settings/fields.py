"""Types of settings, each with the error for a wrong value."""

import ipaddress
import shlex
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from maildriver.domain.address import parse_address
from maildriver.domain.did_you_mean import quoted
from maildriver.domain.quantity import Rate, parse_duration, parse_rates, parse_size
from maildriver.errors import AddressError


def _line(value: str) -> str:
    text = " ".join(value.split())
    if not text.isprintable():
        raise ValueError(f"{quoted(text)} contains an unprintable character")
    return text


def _address(value: str) -> str:
    try:
        return parse_address(value)
    except AddressError as error:
        raise ValueError(str(error).rstrip(".")) from None


def _host(value: str) -> str:
    if not value or not set(value).isdisjoint("/@ ") or not value.isprintable():
        raise ValueError(f"invalid host name {quoted(value)}; write it as smtp.example.org")
    return value


def _port(value: int) -> int:
    if not 1 <= value <= 65535:
        raise ValueError(f"{value} is not a port (1 to 65535)")
    return value


def _subaddress(value: str) -> str:
    if value not in {"", "+", "-", "=", "_"}:
        raise ValueError(f'invalid separator {quoted(value)}; write "+" or "-", or "" for none')
    return value


def _database(value: str) -> str:
    if value and not value.startswith(("postgresql+psycopg://", "sqlite:///")):
        # The value may hold a password, so it is not repeated.
        raise ValueError("the URL must begin with postgresql+psycopg:// or sqlite:///")
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    if value and not (secure and parts.hostname and not parts.query and not parts.fragment):
        raise ValueError(f"invalid web address {quoted(value)}; write it as https://example.org")
    return value.rstrip("/")


def _listen(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not host or not colon or not port.isdecimal() or not int(port) <= 65535:
        raise ValueError(f"invalid listen address {quoted(value)}; write it as 127.0.0.1:8025")
    return value


def _command(value: str) -> str:
    try:
        shlex.split(value)
    except ValueError as error:
        raise ValueError(f"invalid command {quoted(value)}: {error}") from None
    return value


def _some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("must have at least one entry")
    return value


def _list(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _duration(value: object) -> timedelta:
    return value if isinstance(value, timedelta) else parse_duration(str(value))


def _size(value: object) -> int:
    # A whole number is bytes; a small one lacks its unit.
    return value if isinstance(value, int) and value >= 1000 else parse_size(str(value))


def _rates(value: object) -> object:
    return value if isinstance(value, tuple) else parse_rates(str(value))


def is_loopback(host: str | None) -> bool:
    """Return whether a host is this machine, so that nobody can listen on the way."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


Line = Annotated[str, AfterValidator(_line)]
Name = Annotated[str, Field(min_length=1), AfterValidator(_line)]
Address = Annotated[str, AfterValidator(_address)]
Host = Annotated[str, AfterValidator(_host)]
Port = Annotated[int, AfterValidator(_port)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Size = Annotated[int, BeforeValidator(_size)]
Names = Annotated[tuple[Name, ...], NoDecode, BeforeValidator(_list), AfterValidator(_some)]
Rates = Annotated[tuple[Rate, ...], NoDecode, BeforeValidator(_rates)]
Security = Literal["tls", "starttls", "none"]
Subaddress = Annotated[str, AfterValidator(_subaddress)]
Command = Annotated[str, AfterValidator(_command)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
Listen = Annotated[str, AfterValidator(_listen)]
