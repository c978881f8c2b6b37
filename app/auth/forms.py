"""What the auth routes accept, as typed models."""

from __future__ import annotations

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field

from app.parsing import Input, Line, no_control_characters


def _checked_email(value: str) -> str:
    try:
        # An intranet may use names that the public DNS does not know, so the domain is not looked up.
        return validate_email(value, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None


def email_key(email: str) -> str:
    """The form in which two spellings of one address are equal."""
    return email.casefold()


Email = Annotated[Line, Field(max_length=254), AfterValidator(_checked_email)]
Name = Annotated[Line, Field(min_length=1, max_length=60), AfterValidator(no_control_characters)]
# `gmail` is what the original called the address.
EMAIL = Field(validation_alias=AliasChoices("email", "gmail"))


class SignUp(Input):
    name: Name
    email: Email = EMAIL
    password: Annotated[str, Field(min_length=8, max_length=1024)]


class LogIn(Input):
    email: Annotated[Line, Field(min_length=1, max_length=254)] = EMAIL
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class ProfileChange(Input):
    """Values left out stay as they are."""

    name: Annotated[Name | None, BeforeValidator(lambda value: value)] = None
