"""The connection to MongoDB: the embedded mongod, or the server that MONGODB_URI names."""

from app.database.connection import connect, disconnect
from app.database.errors import DatabaseUnavailable

__all__ = ["DatabaseUnavailable", "connect", "disconnect"]
