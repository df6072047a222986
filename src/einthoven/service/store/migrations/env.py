"""Run by Alembic: brings the tables of one open connection up to date."""

from __future__ import annotations

from alembic import context

from einthoven.service.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
context.run_migrations()
