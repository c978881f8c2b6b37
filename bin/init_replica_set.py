#!/usr/bin/env python3
"""Make the MongoDB server at HOST:PORT a replica set of one, and wait until it takes writes.

Standin needs a replica set for transactions and change streams. A server that is one already is left alone.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

ALREADY_INITIALIZED = 23
PATIENCE = 60  # seconds


def main(address: str) -> None:
    options: dict[str, Any] = {"directConnection": True, "serverSelectionTimeoutMS": PATIENCE * 1000}
    with MongoClient[dict[str, Any]](f"mongodb://{address}", **options) as server:
        try:
            server.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": address}]})
        except OperationFailure as error:
            if error.code != ALREADY_INITIALIZED:
                raise
        give_up = time.monotonic() + PATIENCE
        while not server.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > give_up:
                sys.exit(f"{address} is still not the primary of its replica set after {PATIENCE} seconds")
            time.sleep(0.2)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except IndexError:
        sys.exit("usage: init_replica_set.py HOST:PORT")
    except PyMongoError as error:
        sys.exit(f"init_replica_set: {error}")
