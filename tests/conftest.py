"""The fixtures that everybody knows, and the rule about skipped tests."""

import itertools
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from support.clock import Clock
from support.prepared import migrate
from support.require import require
from support.servers.mailstack import MailStack
from support.servers.postgres import Postgres
from support.simulated_class import SimulatedClass, simulated_class

#: With MAILDRIVER_REAL=1 every test must run: a skip is a failure.
REAL = os.environ.get("MAILDRIVER_REAL") == "1"

#: The same examples each time, so that a suite that passed passes; `make torture` tries others.
#: How long it takes to make them says something of the machine only.
_SLOWLY = [HealthCheck.too_slow]
settings.register_profile(
    "everyday", derandomize=True, deadline=None, suppress_health_check=_SLOWLY
)
settings.register_profile("whole", deadline=None, suppress_health_check=_SLOWLY)
settings.load_profile("whole" if os.environ.get("MAILDRIVER_TORTURE") == "whole" else "everyday")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def mailstack() -> Iterator[MailStack]:
    """A real mail system, one for all tests: see `new_address`."""
    require("mailstack")
    stack = MailStack()
    stack.up()
    yield stack
    stack.down()


_numbers = itertools.count(1)


@pytest.fixture
def new_address() -> Callable[..., str]:
    """Makes addresses of `mailstack` whose mailboxes no other test has used."""
    return lambda name="student": f"{name}-{next(_numbers)}@{MailStack.domain}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL, one for all tests; it forgets what a power cut would lose."""
    yield from _postgres(fsync=False)


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[Postgres]:
    """A real PostgreSQL that keeps its promises, for tests of faults."""
    yield from _postgres(fsync=True)


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The SQLAlchemy URL of a new, empty database."""
    yield from _database(postgres)


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> str:
    """A database with all its tables, to be copied."""
    return postgres.template(migrate)


@pytest.fixture
def prepared_postgres_url(postgres: Postgres, migrated: str) -> Iterator[str]:
    """The URL of a new database with all its tables."""
    name = postgres.create(template=migrated)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def durable_postgres_url(durable_postgres: Postgres) -> Iterator[str]:
    """The same on a server that runs with fsync=on."""
    yield from _database(durable_postgres)


def _postgres(*, fsync: bool) -> Iterator[Postgres]:
    require("postgresql")
    server = Postgres(fsync=fsync)
    server.up()
    yield server
    server.down()


def _database(server: Postgres) -> Iterator[str]:
    name = server.create()
    yield server.url(name)
    server.drop(name)


# -- skipped tests -----------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _without_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _without_skip((yield))


def _without_skip(report: Report) -> Report:
    if REAL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"MAILDRIVER_REAL=1 allows no skipped test. {reason}"
    return report


@pytest.fixture
def term(
    tmp_path: Path, mailstack: MailStack, new_address: Callable[..., str]
) -> Iterator[SimulatedClass]:
    """Three students who get their mail daily at seven, and an instructor; a day has passed."""
    with simulated_class(
        tmp_path, mailstack, new_address("course"), students=3, lessons=6, same_hour=True
    ) as term:
        term.live_for(hours=8)
        yield term
