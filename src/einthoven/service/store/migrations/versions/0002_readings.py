"""Which analysis is another reading of which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No foreign keys: SQLite could only get them by writing the table anew, which would empty those below it.
    op.add_column("analyses", sa.Column("reread_of", sa.String(length=32), nullable=True))
    op.add_column("analyses", sa.Column("reread_as", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("analyses", "reread_as")
    op.drop_column("analyses", "reread_of")
