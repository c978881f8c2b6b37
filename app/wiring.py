"""How the parts become one app: settings, database, extensions, blueprints, and what runs beside requests."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import gevent
from flask import Flask, jsonify
from mongoengine import get_connection
from pymongo import timeout
from pymongo.errors import PyMongoError
from werkzeug.middleware.proxy_fix import ProxyFix

from app import appearance, assets, database, errors, language, modules, security
from app.ai import client as ai_client
from app.api_docs import api_docs
from app.auth import identity, limits, passwords
from app.auth import models as auth_models
from app.auth.avatar_routes import pictures
from app.auth.routes import account, doors
from app.auth.workspace_routes import workspace
from app.chat import allowances, audiences, auto_replies, background, cli, listeners, migrations, missed, presence
from app.chat import events as events  # its handlers must be known before the first init_app
from app.chat import models as chat_models
from app.chat.bot_routes import bots
from app.chat.file_routes import files
from app.chat.kept import ALL as KEPT
from app.chat.kept_routes import kept
from app.chat.notices import delivery, letters, mailer, vapid
from app.chat.notices import missed as missed_messages
from app.chat.notices import models as notice_models
from app.chat.notices.mail_routes import mail
from app.chat.notices.routes import notices
from app.chat.parts import parts
from app.chat.people_routes import people_and_rooms, portraits
from app.chat.pwa_routes import pwa
from app.chat.routes import chat
from app.chat.settings_routes import settings as settings_pages
from app.chat.stand_in import ledger, streams, switch
from app.chat.stand_in import models as stand_in_models
from app.chat.stand_in.routes import stand_ins
from app.chat.unfurl import previews
from app.chat.unfurl.cache import Unfurled
from app.chat.unfurl.guard import Rules
from app.extensions import bcrypt, socketio
from app.files import models as file_models
from app.realtime.limits import DEFAULT
from app.realtime.redis_manager import RedisManager
from config import Settings, load_settings

logger = logging.getLogger(__name__)

HEALTH_SECONDS = 3.0  # a database that stands still is no good, although it is connected


def build(settings: Settings | None = None) -> Flask:
    """The app of one process: everything, or the role that the settings name.

    Exits with one line when the settings are wrong or the database cannot be used.
    """
    settings = settings or load_settings()
    app = Flask(__name__)
    app.config.update(SETTINGS=settings, SECRET_KEY=settings.secret_key, DEBUG=settings.debug or settings.flask_debug)
    _log(settings)
    _connect(settings)
    _bind(app, settings)
    _register(app, settings)
    return app


def start_worker(app: Flask) -> None:
    """Begin what runs beside requests in a serving process, and warm up what is slow the first time."""
    ai_client.warm_up()
    gevent.spawn(passwords.nobodys_hash)
    if app.config["SETTINGS"].role != "auth":
        background.start()
        if isinstance(socketio.server.manager, RedisManager):
            socketio.server.manager.start()


def stop_worker(app: Flask | None) -> None:
    """Leave nothing behind that tells of a process which is no more. None: it never came to have an app."""
    try:
        if app and app.config["SETTINGS"].role != "auth":
            background.stop()
            auto_replies.stop()
            previews.stop()
            presence.leave()
    except PyMongoError as error:
        logger.warning("connections are left to run out by themselves: %s", type(error).__name__)
    finally:
        database.disconnect()


def _log(settings: Settings) -> None:
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # They tell of every request, with addresses that may hold a secret.
    for name in ("httpx2", "geventwebsocket.handler"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _connect(settings: Settings) -> None:
    try:
        database.connect(settings)
    except database.DatabaseUnavailable as error:
        raise SystemExit(f"standin: {error}") from None
    try:
        migrations.run()
        ours = (auth_models.User, auth_models.Session)
        for model in (
            *ours,
            *file_models.ALL,
            *chat_models.ALL,
            *stand_in_models.ALL,
            *KEPT,
            *notice_models.ALL,
            Unfurled,
        ):
            model.ensure_indexes()
    except PyMongoError as error:
        reason = str(error).partition(", full error")[0]
        raise SystemExit(f"standin: the database was found, but its indexes cannot be made: {reason}") from None


def _bind(app: Flask, settings: Settings) -> None:
    """Extensions, in the order in which their hooks must run."""
    security.init_app(app)
    identity.init_app(app)
    limits.init_app(app)
    app.config.update(BCRYPT_LOG_ROUNDS=settings.bcrypt_cost, BCRYPT_HANDLE_LONG_PASSWORDS=True)
    bcrypt.init_app(app)
    if settings.role != "auth":
        _bind_sockets(app, settings)
        _bind_notices(app, settings)
        rules = Rules(frozenset(settings.unfurl_allow)) if settings.unfurl else None
        previews.configure(rules, settings.allowed_origins)
    if hops := settings.trusted_proxies:  # around the socket, which counts addresses as well
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    ai_client.configure(_provider(settings))
    ledger.configure(_limits(settings))
    switch.configure(is_on=settings.standin_ai)


def _allowances(settings: Settings) -> allowances.Allowances:
    """How much one user and one connection may ask for on the socket."""
    if not settings.rate_limits:
        return allowances.Allowances()
    return allowances.Allowances(
        messages=settings.messages_a_minute,
        changes=settings.changes_a_minute,
        events=settings.events_a_minute,
        rooms=settings.rooms_an_hour / 60,
        links=settings.links_a_minute,
        connections=settings.connections_of_one,
    )


def _bind_notices(app: Flask, settings: Settings) -> None:
    """How people are told of messages while they look elsewhere."""
    vapid.configure(settings.vapid_private_key, settings.push_subject)
    mailer.configure(settings.smtp_url)
    missed_messages.configure(settings.mail_after_minutes)
    letters.configure(
        lambda name, values: app.jinja_env.get_template(name).render(values),
        settings.chat_base,
        settings.secret_key,
        settings.mail_from,
    )
    delivery.configure(Rules(frozenset(settings.push_allow)) if settings.push else None)


def _limits(settings: Settings) -> ledger.Limits:
    """What stand-ins may cost here."""
    return ledger.Limits(
        replies_a_day=settings.standin_replies_a_day,
        tokens_a_day=settings.standin_tokens_a_day,
        prices={model: (price_in, price_out) for model, price_in, price_out in settings.standin_model_prices},
    )


def _provider(settings: Settings) -> ai_client.ProviderSettings | None:
    """Whom the stand-in asks; None without a key."""
    if (key := settings.openai_api_key) is None:
        return None
    first, *others = settings.models
    return ai_client.ProviderSettings(
        api_key=key.get_secret_value(), base_url=settings.openai_base_url, model=first, more_models=tuple(others)
    )


def _bind_sockets(app: Flask, settings: Settings) -> None:
    socketio.init_app(
        app,
        async_mode="gevent",
        cors_allowed_origins=list(settings.allowed_origins),
        manage_session=False,
        max_http_buffer_size=security.LARGEST_SOCKET_MESSAGE,
        limits=replace(DEFAULT, strangers=settings.strangers_of_one if settings.rate_limits else 0),
        **_several_processes(settings),
    )
    audiences.define_procedures(streams.halt, streams.halt_all, streams.called_off)
    allowances.configure(_allowances(settings))


def _several_processes(settings: Settings) -> dict[str, Any]:
    """Options of the transport for more than one process."""
    options: dict[str, Any] = {}
    if settings.workers > 1:
        # The requests of one polling client would reach now one worker and now another.
        options["transports"] = ["websocket"]
    if settings.redis_url:
        options["client_manager"] = RedisManager(settings.redis_url, settings.redis_channel, missed.note)
    return options


def _register(app: Flask, settings: Settings) -> None:
    """Blueprints by role. An account's own routes are on every server, so that no page needs another origin."""
    errors.register(app)
    listeners.listen()
    for command in (cli.chat, cli.backup, cli.restore):
        app.cli.add_command(command)
    app.register_blueprint(account)
    app.register_blueprint(pictures)
    app.register_blueprint(portraits)
    app.register_blueprint(workspace)
    if settings.role != "chat":
        app.register_blueprint(doors)
    if settings.role != "auth":
        app.register_blueprint(api_docs)
        app.register_blueprint(chat)
        app.register_blueprint(notices)
        app.register_blueprint(parts)
        app.register_blueprint(pwa)
        app.register_blueprint(mail)
        app.register_blueprint(settings_pages)
        app.register_blueprint(stand_ins)
        app.register_blueprint(kept)
        app.register_blueprint(people_and_rooms)
        app.register_blueprint(bots)
        app.register_blueprint(files)
    app.add_url_rule("/health", view_func=health)
    appearance.init_app(app)
    language.init_app(app)
    modules.init_app(app)
    assets.init_app(app)


def health() -> Any:
    """Whether this process can serve: it answers, and so does its database within a moment."""
    with timeout(HEALTH_SECONDS):
        get_connection().admin.command("ping")
    return jsonify(ok=True)
