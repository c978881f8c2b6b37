"""Settings: read once from the environment, typed; a bad or missing value stops the start and says which."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Role = Literal["all", "auth", "chat"]
DEFAULT_PORTS: dict[Role, int] = {"all": 3000, "auth": 4000, "chat": 3000}
SHORTEST_SECRET = 32


class Settings(BaseSettings):
    """Everything that can be set from outside. The table in docs/operations.md follows this class."""

    model_config = SettingsConfigDict(
        frozen=True,
        populate_by_name=True,
        env_ignore_empty=True,
        extra="ignore",
        arbitrary_types_allowed=True,
    )

    env: Literal["development", "production"] = Field("development", validation_alias="STANDIN_ENV")
    role: Role = Field("all", validation_alias="STANDIN_ROLE")
    host: str = Field("127.0.0.1", validation_alias="HOST")
    port: int = Field(0, ge=0, le=65535, validation_alias="PORT", validate_default=True)
    instance: Path = Field(Path("instance"), validation_alias="STANDIN_INSTANCE")
    mongodb_uri: str | None = Field(None, validation_alias="MONGODB_URI")

    secret_key: str = Field("", validation_alias="STANDIN_SECRET_KEY")
    jwt_secret_key: str = Field("", validation_alias="STANDIN_JWT_SECRET_KEY")
    debug: bool = Field(False, validation_alias=AliasChoices("STANDIN_DEBUG", "FLASK_DEBUG"))
    cookie_secure: bool | None = Field(None, validation_alias="STANDIN_COOKIE_SECURE")
    rate_limits: bool = Field(True, validation_alias="STANDIN_RATE_LIMITS")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", validation_alias="STANDIN_LOG_LEVEL")

    auth_url: str = Field("", validation_alias="STANDIN_AUTH_URL")
    chat_url: str = Field("", validation_alias="STANDIN_CHAT_URL")
    origins: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="STANDIN_ORIGINS")
    trusted_proxies: int = Field(0, ge=0, le=5, validation_alias="STANDIN_TRUSTED_PROXIES")

    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL")
    openai_model: str = Field("gpt-4o-mini", validation_alias="OPENAI_MODEL")

    @field_validator("origins", mode="before")
    @classmethod
    def split_origins(cls, value: Any) -> Any:
        return (
            tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("auth_url", "chat_url", "origins")
    @classmethod
    def check_address(cls, value: Any) -> Any:
        for url in (value,) if isinstance(value, str) else value:
            if url and not url.startswith(("http://", "https://")):
                raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if isinstance(value, str) else value

    @field_validator("mongodb_uri")
    @classmethod
    def check_mongodb_uri(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("must start with mongodb:// or mongodb+srv://")
        return value

    @model_validator(mode="after")
    def refuse_unsafe_production(self) -> Self:
        """Production starts only with secrets of its own, secure cookies, rate limits and no debugger."""
        if self.env != "production":
            return self
        problems = [
            (
                len(self.secret_key) < SHORTEST_SECRET,
                f"STANDIN_SECRET_KEY must be given ({SHORTEST_SECRET} characters or more)",
            ),
            (
                len(self.jwt_secret_key) < SHORTEST_SECRET,
                f"STANDIN_JWT_SECRET_KEY must be given ({SHORTEST_SECRET} characters or more)",
            ),
            (self.debug, "STANDIN_DEBUG (or FLASK_DEBUG) must be off"),
            (self.cookie_secure is False, "STANDIN_COOKIE_SECURE must not be off"),
            (not self.rate_limits, "STANDIN_RATE_LIMITS must not be off"),
        ]
        wrong = [text for is_wrong, text in problems if is_wrong]
        if wrong:
            raise ValueError("in production " + "; ".join(wrong))
        return self

    @property
    def listen_port(self) -> int:
        return self.port or DEFAULT_PORTS[self.role]

    @property
    def is_cookie_secure(self) -> bool:
        return self.env == "production" if self.cookie_secure is None else self.cookie_secure

    @property
    def login_url(self) -> str:
        """Base address of the server with the sign-up and login pages; "" when it is this one."""
        return self.auth_base if self.role == "chat" else ""

    @property
    def auth_base(self) -> str:
        return self.auth_url or self._local_url(DEFAULT_PORTS["auth"] if self.role == "chat" else self.listen_port)

    @property
    def chat_base(self) -> str:
        return self.chat_url or self._local_url(DEFAULT_PORTS["chat"] if self.role == "auth" else self.listen_port)

    @cached_property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins whose pages may write to this server or open a socket to it."""
        known = [self.auth_base, self.chat_base, *self.origins]
        local = [url.replace("//127.0.0.1:", "//localhost:") for url in known]
        return tuple(dict.fromkeys([*known, *local]))

    def _local_url(self, port: int) -> str:
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", "localhost"} else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process, or exit status 2 and one line per wrong value on standard error."""
    try:
        settings = Settings(**overrides)
        return settings if settings.env == "production" else _with_development_secrets(settings)
    except ValidationError as error:
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"])
            sys.stderr.write(
                f"standin: {where + ': ' if where else ''}{problem['msg'].removeprefix('Value error, ')}\n"
            )
    except OSError as error:
        sys.stderr.write(f"standin: STANDIN_INSTANCE: {error.strerror}: {error.filename}\n")
    raise SystemExit(2)


def _with_development_secrets(settings: Settings) -> Settings:
    """Fill in secrets that were not given from files made once under the instance folder."""
    missing = [name for name in ("secret_key", "jwt_secret_key") if not getattr(settings, name)]
    return settings.model_copy(update={name: _kept_secret(settings.instance / name) for name in missing})


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Linked into place whole: two processes that start together agree on one secret and never read half of it.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as draft:
        draft.write(secrets.token_urlsafe(48))
        draft.flush()
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)
    return path.read_text("ascii")
