"""The Flask extension: Flask-SocketIO over our own Socket.IO server."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, NoReturn

import flask_socketio
from flask import Flask

from app.realtime.later import Later
from app.realtime.manager import Manager
from app.realtime.server import Server

Handler = Callable[..., Any]

logger = logging.getLogger("app.realtime")
_PLAIN_OPTIONS = {"namespace", "to", "room", "skip_sid", "ignore_queue"}


class SocketIO(flask_socketio.SocketIO):  # type: ignore[misc]
    """Flask-SocketIO, unchanged for its users, with the transport of this package underneath.

    It adds options to `on` (see there), and handlers registered at any time reach every app it is bound to.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._series: set[tuple[str, str]] = set()
        super().__init__(*args, **options)

    def init_app(self, app: Flask | None, **options: Any) -> None:
        """Bind to `app`; options as in Flask-SocketIO.

        Several processes share their clients by a `client_manager`, not by a `message_queue`: the library would make a
        manager without the fan-out from that.
        """
        if "message_queue" in {**self.server_options, **options}:
            raise TypeError("pass a client_manager instead of a message_queue")
        options.setdefault("async_mode", "gevent")
        if "client_manager" not in options:
            options["client_manager"] = Manager()
        super().init_app(app, **options)
        # Flask-SocketIO names the class of its server in the middle of init_app. Once that has sorted the options
        # and wrapped the app, ours takes the place of the server it made, which has done nothing yet.
        self.server = Server(**self.server_options)
        self.server.series = self._series
        for message, handler, namespace in self.handlers:
            self.server.on(message, handler, namespace=namespace)
        for namespace_handler in self.namespace_handlers:
            self.server.register_namespace(namespace_handler)
        if app is not None:
            self.sockio_mw.engineio_app = self.server

    def emit(self, event: str, *args: Any, namespace: str | None = None, to: Any = None, **options: Any) -> None:
        """Emit an event, as Flask-SocketIO does; the plain cases without its detours."""
        if not options and len(args) == 1 and self.server:
            self.server.manager.emit(event, args[0], namespace or "/", to)
            return
        options |= {name: value for name, value in (("namespace", namespace), ("to", to)) if value is not None}
        if len(args) > 1 or not _PLAIN_OPTIONS.issuperset(options) or not self.server:
            super().emit(event, *args, **options)
            return
        namespace = options.pop("namespace", None) or "/"
        self.server.manager.emit(event, args[0] if args else None, namespace, **options)

    def on(
        self, message: str, namespace: str | None = None, *, with_context: bool = True, in_series: bool = False
    ) -> Callable[[Handler], Handler]:
        """Register a handler for an event, as Flask-SocketIO does.

        With `with_context=False` the handler runs without a Flask request context, which costs more than the rest
        of a small event, and is called with the session id first: `handler(sid, *args)`. Error handlers apply as ever.
        Such a handler may return a `Later`, which becomes the acknowledgement when it is there. With `in_series` the
        client's next event of this kind is handled meanwhile; without, whatever comes next waits.

        A connect handler that raises anything refuses the client. Flask-SocketIO would ask the error handler, and take
        its answer for a yes; and it would call a handler that raises a TypeError again, with fewer arguments.
        """
        namespace = namespace or "/"
        if in_series:
            self._series.add((namespace, message))

        def decorator(original: Handler) -> Handler:
            handler = _refusing(original) if message == "connect" else original
            if with_context:
                flask_socketio.SocketIO.on(self, message, namespace)(handler)
                if self.server:  # then Flask-SocketIO told only the server it has now
                    self.handlers.append((message, self.server.handlers[namespace][message], namespace))
            else:
                bare = self._bare(handler, namespace)
                self.handlers.append((message, bare, namespace))
                if self.server:
                    self.server.on(message, bare, namespace=namespace)
            return original

        return decorator

    def is_there(self, sid: str, namespace: str) -> bool:
        """For a handler that runs: whether its client can still be reached. One that ends waits for its handlers.

        Flask-SocketIO's test clients have no session, and never go.
        """
        session = self.server.eio.sockets.get(self.server.manager.eio_sid_from_sid(sid, namespace))
        return session is None or not session.closing

    def run(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: Flask-SocketIO's own servers know nothing of this transport."""
        raise RuntimeError("run it under gunicorn with app.realtime.worker.Worker")

    def _bare(self, handler: Handler, namespace: str) -> Handler:
        def guard(function: Handler, *args: Any) -> Any:
            try:
                return function(*args)
            except Exception as error:
                on_error = self.exception_handlers.get(namespace, self.default_exception_handler)
                if on_error is None or isinstance(error, flask_socketio.ConnectionRefusedError):
                    raise
                return on_error(error)

        def bare(sid: str, *args: Any) -> Any:
            answer = guard(handler, sid, *args)
            if type(answer) is Later and answer.guard is None:
                answer.guard = guard
            return answer

        return bare


def _refusing(handler: Handler) -> Handler:
    """Make every error of a connect handler a refusal. Handlers may leave out arguments at the end, as ever."""
    wanted = len(signature(handler).parameters)

    @wraps(handler)
    def connect(*args: Any) -> Any:
        try:
            return handler(*args[:wanted])
        except flask_socketio.ConnectionRefusedError:
            raise
        except Exception as error:
            logger.exception("A connect handler failed")
            raise flask_socketio.ConnectionRefusedError("Connection refused") from error

    return connect
