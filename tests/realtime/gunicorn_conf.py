"""gunicorn for the tests of the transport: the worker of the app, without the app around it."""

import json
import os
import sys
import types
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# `app` would load everything of Standin, which is neither needed here nor fit to be loaded by gunicorn's master.
package = types.ModuleType("app")
package.__path__ = [str(ROOT / "app")]
sys.modules["app"] = package
sys.path.insert(0, str(HERE))

from app.realtime.handler import Handler  # noqa: E402
from app.realtime.limits import Limits  # noqa: E402

Handler.limits = Limits(**json.loads(os.environ["TRANSPORT_LIMITS"]))

wsgi_app = "echo_app:app"
worker_class = "app.realtime.worker.Worker"
worker_connections = int(os.environ.get("TRANSPORT_CONNECTIONS", "2000"))
control_socket_disable = True
graceful_timeout = 12
loglevel = "warning"
