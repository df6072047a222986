"""The database: tables, sessions, migrations. SQLite or PostgreSQL."""
