"""What can be done with an account. Each verb leaves the database consistent, or raises and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from mongoengine import get_connection
from mongoengine.errors import NotUniqueError
from pymongo.client_session import ClientSession

from app.auth import passwords, signals, tokens, workspace_services
from app.auth.forms import LogIn, NotificationsChange, PasswordChange, ProfileChange, SignUp, email_key
from app.auth.models import SESSION_LIFETIME, Session, User, now
from app.auth.workspace import Workspace
from app.database.together import Together
from app.errors import Conflict, Forbidden, NotAuthenticated, NotFound
from app.language import N_


class EmailTaken(Conflict):
    code = "email_taken"
    message = N_("There is an account with this e-mail address already. Log in instead.")


class InvalidCredentials(NotAuthenticated):
    """The one answer to an unknown address and to a wrong password."""

    code = "invalid_credentials"
    message = N_("That e-mail address and password do not match an account. Check both and try again.")


class WrongPassword(Forbidden):
    """Not a 401, which would say that the login is over."""

    code = "wrong_password"
    message = N_("That is not your present password. Type it again.")


class SessionRevoked(NotAuthenticated):
    code = "session_revoked"
    message = N_("This login has ended. Log in again.")


class IsBot(Conflict):
    code = "is_bot"
    message = N_("A bot stays one: it has no other role.")


class LastAdministrator(Conflict):
    code = "last_administrator"
    message = N_("Somebody must administer this workspace. Make another person administrator first.")


@dataclass(frozen=True, slots=True)
class Device:
    """Where a login comes from: shown to its owner in the list of sessions."""

    user_agent: str
    address: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """A user with the tokens of one session."""

    user: User
    access_token: str
    refresh_token: str


def sign_up(form: SignUp, device: Device) -> Login:
    """Make an account and log it in. Errors: `EmailTaken`, `InviteNeeded`."""
    workspace_services.check_sign_up(form.invite)
    user = User(
        name=form.name,
        email=form.email,
        email_key=email_key(form.email),
        password_hash=passwords.hash_password(form.password),
        language=device.language,
    )
    try:
        user.save(force_insert=True)
    except NotUniqueError:
        raise EmailTaken(fields={"email": EmailTaken.message}) from None
    is_first = Workspace.claim(user.id, form.workspace or "")
    if is_first:
        user.reload()
    signals.user_signed_up.send(user)
    if is_first and form.workspace is not None:
        signals.workspace_begun.send(user)
    return open_session(user, device)


def authenticate(form: LogIn, device: Device) -> Login:
    """Log in. Errors: `InvalidCredentials`, after the same time for either mistake."""
    user = User.objects(email_key=email_key(form.email), role__ne="bot").first()
    if not passwords.is_right_password(user.password_hash if user else None, form.password):
        raise InvalidCredentials
    _hash_as_today(user, form.password)
    login = open_session(user, device)
    # If the password was changed meanwhile, this session was either among those that ended with it, or came after them
    # and finds the new hash.
    if not User.objects(id=user.id, password_hash=user.password_hash).first():
        revoke(tokens.read(login.access_token, "access").session_id)
        raise InvalidCredentials
    return login


def _hash_as_today(user: User, password: str) -> None:
    """Where hashing costs another amount than it did: else the time of a login would tell who has an old account."""
    if not passwords.is_of_today(user.password_hash):
        newer = passwords.hash_password(password)
        if User.objects(id=user.id, password_hash=user.password_hash).update_one(password_hash=newer):
            user.password_hash = newer


def open_session(user: User, device: Device) -> Login:
    jti = tokens.new_jti()
    session = Session(user=user.id, refresh_jti=jti, user_agent=device.user_agent[:300], address=device.address)
    session.save(force_insert=True)
    return _login(user, session, jti)


def rotate(session_id: str, jti: str) -> Login:
    """Trade the refresh token `jti` for new tokens; each is good once.

    A token that comes twice was stolen, from us or by us: the whole session ends. Errors: `SessionRevoked`.
    Source: RFC 9700, section 4.14.2 (refresh token rotation).
    """
    new_jti, moment = tokens.new_jti(), now()
    session = Session.live(id=session_id, refresh_jti=jti).modify(
        refresh_jti=new_jti, last_used_at=moment, expires_at=moment + SESSION_LIFETIME, new=True
    )
    if session is None:
        revoke(session_id)
        raise SessionRevoked
    return _login(_owner(session), session, new_jti)


def resume(session_id: str, jti: str) -> str | None:
    """A new access token for a browser that opens a page with its newest refresh token, which stays good.

    Only `rotate` uses a token up: a browser that restores six tabs sends the same cookie six times, and must not
    be taken for a thief.
    """
    session = Session.live(id=session_id, refresh_jti=jti).first()
    return tokens.access_token(_owner(session), str(session.id)) if session else None


def revoke(session_id: str) -> bool:
    """End a session, here at once and in other processes within a second. Whether it was live."""
    was_live: bool = Session.live(id=session_id).update_one(set__revoked_at=now()) == 1
    if was_live:
        signals.session_revoked.send(session_id)
    return was_live


def sessions_of(user_id: ObjectId) -> list[Session]:
    """A user's live sessions, the newest use first."""
    return list(Session.live(user=user_id).order_by("-last_used_at"))


def revoke_own(user_id: ObjectId, session_id: ObjectId) -> None:
    """End one of the user's sessions. Errors: `NotFound` also for somebody else's."""
    if Session.live(id=session_id, user=user_id).first() is None:
        raise NotFound
    revoke(str(session_id))


def end_others(user_id: ObjectId, but: str | None = None) -> int:
    """End the user's sessions, all but one. How many."""
    ids = [str(session.id) for session in Session.live(user=user_id).only("id")]
    return sum(revoke(session_id) for session_id in ids if session_id != but)


def change_password(user_id: ObjectId, session_id: str, change: PasswordChange) -> int:
    """Change the password and end all other sessions: whoever knew the old one is out. How many.

    Of two changes that start from the same password one holds. Errors: `WrongPassword`.
    """
    user = find_user(user_id)
    if not passwords.is_right_password(user.password_hash, change.current_password):
        raise WrongPassword(fields={"current_password": WrongPassword.message})
    new_hash = passwords.hash_password(change.new_password)
    if not User.objects(id=user_id, password_hash=user.password_hash).update_one(password_hash=new_hash):
        raise WrongPassword(fields={"current_password": WrongPassword.message})
    return end_others(user_id, but=session_id)


def find_user(user_id: ObjectId) -> User:
    """Errors: `NotAuthenticated` when the account behind a good token is gone."""
    user: User | None = User.objects(id=user_id).first()
    if user is None:
        raise NotAuthenticated
    return user


def find_facts(user_id: ObjectId) -> Mapping[str, Any] | None:
    """What is stored of a user, but for what lets them in; one question for all who come at once. None for nobody."""
    return _facts.ask(user_id)


def _find_facts(user_ids: list[ObjectId]) -> dict[ObjectId, Mapping[str, Any]]:
    secrets = dict.fromkeys(("password_hash", "key_hash", "email", "email_key"), 0)
    return {one["_id"]: one for one in User._get_collection().find({"_id": {"$in": user_ids}}, secrets)}


_facts: Together[ObjectId, Mapping[str, Any]] = Together(_find_facts)


def has_account(user_id: ObjectId) -> bool:
    return User.objects(id=user_id).first() is not None


def language_of(user_id: ObjectId) -> str:
    """What the user has chosen; empty for nothing."""
    return User.objects(id=user_id).scalar("language").first() or ""


def change_profile(user_id: ObjectId, change: ProfileChange) -> User:
    """Apply what is given. Everyone who is connected learns the new name."""
    others = {"bio": change.bio, "time_zone": change.time_zone, "language": change.language}
    if given := {key: value for key, value in others.items() if value is not None}:
        User.objects(id=user_id).update_one(**given)
    if change.name and User.objects(id=user_id, name__ne=change.name).update_one(set__name=change.name):
        signals.user_changed.send(find_user(user_id))
    return find_user(user_id)


def change_notifications(user_id: ObjectId, change: NotificationsChange) -> User:
    """Apply what is given."""
    if given := change.model_dump(exclude_none=True):
        User.objects(id=user_id).update_one(**given)
    return find_user(user_id)


def change_role(user_id: ObjectId, role: str) -> User | None:
    """Give a user a role; None if there is no such user. Everyone who is connected learns it.

    Errors: `IsBot`; `LastAdministrator`, also when two take the role from each other at once: each of these
    transactions writes the one workspace, so that they come one after the other.
    """
    with get_connection().start_session() as session:
        was: str | None = session.with_transaction(lambda _: _set_role(session, user_id, role))
    user: User | None = User.objects(id=user_id).first()
    if user and was != role:
        signals.user_changed.send(user)
        signals.role_changed.send(user)
    return user


def _set_role(session: ClientSession, user_id: ObjectId, role: str) -> str | None:
    """The role that the user had before."""
    users = User._get_collection()
    Workspace._get_collection().update_one({"_id": "workspace"}, {"$inc": {"role_changes": 1}}, session=session)
    before: dict[str, str] | None = users.find_one_and_update(
        {"_id": user_id}, {"$set": {"role": role}}, {"role": 1}, session=session
    )
    if before and before.get("role") == "bot":
        raise IsBot  # and the transaction is undone
    if users.count_documents({"role": "administrator"}, limit=1, session=session) == 0:
        raise LastAdministrator
    return before.get("role", "member") if before else None


def _owner(session: Session) -> User:
    return find_user(session.user)


def _login(user: User, session: Session, jti: str) -> Login:
    session_id = str(session.id)
    return Login(user, tokens.access_token(user, session_id), tokens.refresh_token(user, session_id, jti))
