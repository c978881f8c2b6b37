#!/usr/bin/env python3
"""Exit with 0 when the app on this machine answers /health, else with 1 and the reason."""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException

DEFAULT_PORT = "4000" if os.environ.get("STANDIN_ROLE") == "auth" else "3000"


def main() -> str | None:
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or DEFAULT_PORT), timeout=5)
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"no answer: {error}"
    return None if status == 200 else f"status {status}"


if __name__ == "__main__":
    sys.exit(main())
