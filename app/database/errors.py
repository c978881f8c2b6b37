"""What the database layer raises."""


class DatabaseUnavailable(Exception):
    """The database cannot be used. The message is one line, says what to check, and holds no password."""
