"""The PostgreSQL for tests does what those tests take for granted."""

import psycopg
import pytest
from support.servers.postgres import Postgres


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_has_an_empty_database(postgres_url: str, attempt: int) -> None:
    with connect(postgres_url) as connection:
        connection.execute("CREATE TABLE mine (id int)")


def test_a_template_is_filled_once_and_cloned(postgres: Postgres) -> None:
    def fill(url: str) -> None:
        with connect(url) as connection:
            connection.execute("CREATE TABLE mine AS SELECT 7 AS number")

    template = postgres.template(fill)
    clone = postgres.create(template=template)

    with connect(postgres.url(clone)) as connection:
        assert connection.execute("SELECT number FROM mine").fetchone() == (7,)
    postgres.drop(clone)
    postgres.drop(template)


def test_what_was_committed_survives_a_killed_server(
    durable_postgres: Postgres, durable_postgres_url: str
) -> None:
    with connect(durable_postgres_url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        connection.execute("CREATE TABLE mine AS SELECT 7 AS number")

        durable_postgres.kill()

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    durable_postgres.start()

    with connect(durable_postgres_url) as connection:
        assert connection.execute("SELECT number FROM mine").fetchone() == (7,)
