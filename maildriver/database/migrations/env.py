"""Alembic's environment: migrations run in the transaction that `migrate` began."""

from alembic import context

from maildriver.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction holds it all
)
context.run_migrations()
