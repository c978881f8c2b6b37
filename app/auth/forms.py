"""What the auth routes accept, as typed models."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from functools import cache
from typing import Annotated, Literal

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from pydantic import AfterValidator, AliasChoices, Field

from app.auth.models import BIO_LIMIT, WORKSPACE_NAME_LIMIT
from app.language import N_, standing_for
from app.parsing import Input, Line, Text

# No mail is sent, and an intranet may well use `.local` or `.test`: this is the library's way to allow them.
SPECIAL_USE_DOMAIN_NAMES.clear()


TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _checked_email(value: str) -> str:
    """The address as it can be written to: domain in lower case and in its own script, Unicode composed."""
    try:
        return validate_email(value, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        raise ValueError(standing_for(str(error), N_("Write an e-mail address such as ada@example.com."))) from None


def email_key(email: str) -> str:
    """The form in which two spellings of one checked address are equal."""
    return email.casefold()


def is_visible(name: str) -> str:
    """A name that can be seen. Errors: ValueError for one of marks alone."""
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise ValueError(N_("Use at least one letter."))
    return name


@cache
def _zones() -> frozenset[str]:
    """Read once: the names are a directory of files."""
    return frozenset(zoneinfo.available_timezones())


def known_zone(name: str) -> str:
    if name and name not in _zones():
        raise ValueError(N_("Choose a time zone such as Europe/Paris."))
    return name


Email = Annotated[Line, Field(max_length=254), AfterValidator(_checked_email)]
WorkspaceName = Annotated[Line, Field(max_length=WORKSPACE_NAME_LIMIT)]
Name = Annotated[Line, Field(min_length=1, max_length=60), AfterValidator(is_visible)]


class Account(Input):
    """Whose account it is about. `gmail` is what the original called the address."""

    email: Email = Field(validation_alias=AliasChoices("email", "gmail"))


class SignUp(Account):
    """`workspace` is how the first to sign up calls it, empty for no name yet; `invite` what an invite link holds."""

    name: Name
    password: Annotated[str, Field(min_length=8, max_length=1024)]
    workspace: WorkspaceName | None = None
    invite: Annotated[str, Field(max_length=100)] = ""


class LogIn(Account):
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class PasswordChange(Input):
    current_password: Annotated[str, Field(min_length=1, max_length=1024)]
    new_password: Annotated[str, Field(min_length=8, max_length=1024)]


class ProfileChange(Input):
    """Values left out stay as they are: the empty default is no name that anyone may have.

    `time_zone` is a name of the IANA database, such as Europe/Paris; an empty one says that it is not told.
    An empty `language` leaves it to the browser.
    """

    name: Name = ""
    bio: Annotated[Text, Field(max_length=BIO_LIMIT)] | None = None
    time_zone: Annotated[str, Field(max_length=60), AfterValidator(known_zone)] | None = None
    language: Literal["", "en", "de", "fr"] | None = None


def time_of_day(text: str) -> str:
    if text and not TIME_OF_DAY.fullmatch(text):
        raise ValueError(N_("Choose a time such as 22:00."))
    return text


class NotificationsChange(Input):
    """Values left out stay as they are. Quiet hours go from one time of day to the other; an empty one ends them."""

    notify_about: Literal["everything", "mentions", "nothing"] | None = None
    quiet_from: Annotated[str, AfterValidator(time_of_day)] | None = None
    quiet_until: Annotated[str, AfterValidator(time_of_day)] | None = None
    mail_mentions: bool | None = None


class BotName(Input):
    name: Name


class RoleChange(Input):
    role: Literal["administrator", "member", "guest"]


class WorkspaceChange(Input):
    """What is left out stays as it is."""

    name: WorkspaceName | None = None
    sign_up: Literal["open", "invite"] | None = None


class InviteChange(Input):
    """After how many days the new link ends; 0: not by itself."""

    days: Annotated[int, Field(ge=0, le=365)] = 7
