"""Flask extensions, unbound: create_app() binds them, everything else imports them from here."""

from __future__ import annotations

from flask_bcrypt import Bcrypt
from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_talisman import Talisman

from app.realtime import SocketIO

socketio = SocketIO()
jwt = JWTManager()
bcrypt = Bcrypt()
limiter = Limiter(key_func=get_remote_address)
talisman = Talisman()
