"""Settings: read once from the environment, typed; a bad or missing value stops the start and says which."""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import os
import re
import secrets
import sys
import tempfile
from decimal import Decimal
from email.utils import parseaddr
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Role = Literal["all", "auth", "chat"]
DEFAULT_PORTS: dict[Role, int] = {"all": 3000, "auth": 4000, "chat": 3000}
SHORTEST_SECRET = 32
# As py-vapid has them, which refuses to sign for others.
VAPID_SUBJECT = re.compile(r"mailto:[^@\s]+@[\w-]+(\.[\w-]+)+|https://[\w-]+(\.[\w-]+)+", re.ASCII)
VAPID_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5: keys are below it
BCRYPT_COST = 12  # a third of a second for each password
LARGEST_PRICE = 1_000_000
# pydantic's words for these are written for programmers.
PLAIN_WORDS = {
    "bool_parsing": "must be on or off",
    "int_parsing": "must be a whole number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
}


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
    mongodb_uri: str | None = Field(None, validation_alias="MONGODB_URI", repr=False)
    redis_url: str | None = Field(None, validation_alias="REDIS_URL", repr=False)
    workers: int = Field(1, ge=1, le=64, validation_alias="WORKERS")

    secret_key: str = Field("", validation_alias="STANDIN_SECRET_KEY", repr=False)
    jwt_secret_key: str = Field("", validation_alias="STANDIN_JWT_SECRET_KEY", repr=False)
    debug: bool = Field(False, validation_alias="STANDIN_DEBUG")
    flask_debug: bool = Field(False, validation_alias="FLASK_DEBUG")
    cookie_secure: bool | None = Field(None, validation_alias="STANDIN_COOKIE_SECURE")
    cookie_domain: str | None = Field(None, validation_alias="STANDIN_COOKIE_DOMAIN")
    rate_limits: bool = Field(True, validation_alias="STANDIN_RATE_LIMITS")
    messages_a_minute: int = Field(1200, ge=0, validation_alias="STANDIN_MESSAGES_A_MINUTE")
    changes_a_minute: int = Field(1800, ge=0, validation_alias="STANDIN_CHANGES_A_MINUTE")
    events_a_minute: int = Field(6000, ge=0, validation_alias="STANDIN_EVENTS_A_MINUTE")
    rooms_an_hour: int = Field(100, ge=0, validation_alias="STANDIN_ROOMS_AN_HOUR")
    links_a_minute: int = Field(60, ge=0, validation_alias="STANDIN_LINKS_A_MINUTE")
    connections_of_one: int = Field(200, ge=0, validation_alias="STANDIN_CONNECTIONS_OF_ONE")
    strangers_of_one: int = Field(1000, ge=0, validation_alias="STANDIN_STRANGERS_OF_ONE")
    bcrypt_cost: int = Field(BCRYPT_COST, ge=4, le=16, validation_alias="STANDIN_BCRYPT_COST")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", validation_alias="STANDIN_LOG_LEVEL")

    auth_url: str = Field("", validation_alias="STANDIN_AUTH_URL")
    chat_url: str = Field("", validation_alias="STANDIN_CHAT_URL")
    origins: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="STANDIN_ORIGINS")
    trusted_proxies: int = Field(0, ge=0, le=5, validation_alias="STANDIN_TRUSTED_PROXIES")

    max_file_mb: int = Field(100, ge=1, le=4096, validation_alias="STANDIN_MAX_FILE_MB")
    files_of_one_mb: int = Field(0, ge=0, validation_alias="STANDIN_FILES_OF_ONE_MB")
    push: bool = Field(True, validation_alias="STANDIN_PUSH")
    push_allow: Annotated[tuple[tuple[str, int], ...], NoDecode] = Field((), validation_alias="STANDIN_PUSH_ALLOW")
    vapid_private_key: str = Field("", validation_alias="STANDIN_VAPID_PRIVATE_KEY", repr=False)
    vapid_subject: str = Field("", validation_alias="STANDIN_VAPID_SUBJECT")
    smtp_url: str | None = Field(None, validation_alias="STANDIN_SMTP_URL", repr=False)
    mail_from: str = Field("Standin <standin@localhost>", validation_alias="STANDIN_MAIL_FROM")
    mail_after_minutes: float = Field(10, ge=0, le=1440, validation_alias="STANDIN_MAIL_AFTER_MINUTES")
    unfurl: bool = Field(True, validation_alias="STANDIN_UNFURL")
    unfurl_allow: Annotated[tuple[tuple[str, int], ...], NoDecode] = Field((), validation_alias="STANDIN_UNFURL_ALLOW")

    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL")
    openai_model: str = Field("gpt-4o-mini", validation_alias="OPENAI_MODEL")
    openai_models: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="OPENAI_MODELS")
    standin_ai: bool = Field(True, validation_alias="STANDIN_AI")
    standin_replies_a_day: int = Field(200, ge=0, validation_alias="STANDIN_REPLIES_A_DAY")
    standin_tokens_a_day: int = Field(200_000, ge=0, validation_alias="STANDIN_TOKENS_A_DAY")
    standin_model_prices: Annotated[tuple[tuple[str, Decimal, Decimal], ...], NoDecode] = Field(
        (), validation_alias="STANDIN_MODEL_PRICES"
    )

    @field_validator("origins", mode="before")
    @classmethod
    def split_origins(cls, value: Any) -> Any:
        return tuple(part for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("openai_models", mode="before")
    @classmethod
    def split_openai_models(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))

    @field_validator("standin_model_prices", mode="before")
    @classmethod
    def split_standin_model_prices(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(_as_price(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("unfurl_allow", "push_allow", mode="before")
    @classmethod
    def split_allowed(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(_as_numbers(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("auth_url", "chat_url")
    @classmethod
    def check_address(cls, value: str) -> str:
        return _as_origin(value) if value else value

    @field_validator("origins")
    @classmethod
    def check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_as_origin(origin) for origin in value)

    @field_validator("openai_base_url")
    @classmethod
    def check_openai_base_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("vapid_private_key")
    @classmethod
    def check_vapid_private_key(cls, value: str) -> str:
        number = base64.urlsafe_b64decode(f"{value}=") if VAPID_KEY.fullmatch(value) else b""
        if value and not 0 < int.from_bytes(number) < P256_ORDER:
            raise ValueError("must be the 32 bytes of a P-256 private key in base64url, which are 43 characters")
        return value

    @field_validator("vapid_subject")
    @classmethod
    def check_vapid_subject(cls, value: str) -> str:
        if value and not VAPID_SUBJECT.fullmatch(value):
            raise ValueError("must look like mailto:admin@example.com or https://chat.example.com, without a port")
        return value

    @field_validator("smtp_url")
    @classmethod
    def check_smtp_url(cls, value: str | None) -> str | None:
        parts = urlsplit(value) if value is not None else None
        if parts is not None and (
            parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path not in {"", "/"}
        ):
            raise ValueError("must look like smtp://user:password@mail.example.com:587 or smtps://...")
        return value

    @field_validator("mail_from")
    @classmethod
    def check_mail_from(cls, value: str) -> str:
        _, address = parseaddr(value)
        if "@" not in address or not value.isprintable():
            raise ValueError("must look like Standin <standin@example.com>")
        return value

    @field_validator("mongodb_uri")
    @classmethod
    def check_mongodb_uri(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("must start with mongodb:// or mongodb+srv://")
        return value

    @field_validator("redis_url")
    @classmethod
    def check_redis_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("secret_key", "jwt_secret_key")
    @classmethod
    def check_secret(cls, value: str) -> str:
        if value and len(value) < SHORTEST_SECRET:
            raise ValueError(f"must have {SHORTEST_SECRET} characters or more")
        return value

    @model_validator(mode="after")
    def refuse_unsafe_production(self) -> Self:
        """Production starts only with its own secrets, secure cookies, rate limits, costly passwords, no debugger."""
        problems = {
            "STANDIN_SECRET_KEY: must be given in production": not self.secret_key,
            "STANDIN_JWT_SECRET_KEY: must be given in production": not self.jwt_secret_key,
            "STANDIN_DEBUG: must be off in production": self.debug,
            "FLASK_DEBUG: must be off in production": self.flask_debug,
            "STANDIN_COOKIE_SECURE: must not be off in production": self.cookie_secure is False,
            "STANDIN_RATE_LIMITS: must not be off in production": not self.rate_limits,
            f"STANDIN_BCRYPT_COST: must be {BCRYPT_COST} or more in production": self.bcrypt_cost < BCRYPT_COST,
        }
        if self.env == "production" and any(problems.values()):
            raise ValueError("\n".join(line for line, is_wrong in problems.items() if is_wrong))
        return self

    @model_validator(mode="after")
    def refuse_cookies_that_do_not_reach(self) -> Self:
        """Two servers share a login through its cookies. Where these stay behind, the pages would redirect for ever."""
        hosts = {urlsplit(url).hostname or "" for url in (self.auth_base, self.chat_base)}
        if self.cookie_domain:
            domain = self.cookie_domain.lower().lstrip(".")
            is_reached = all(f".{host}".endswith(f".{domain}") for host in hosts)
        else:
            is_reached = len(hosts) == 1
        if self.role != "all" and not is_reached:
            raise ValueError(f"STANDIN_COOKIE_DOMAIN: must be a domain that holds {' and '.join(sorted(hosts))}")
        return self

    @property
    def listen_port(self) -> int:
        return self.port or DEFAULT_PORTS[self.role]

    @property
    def redis_channel(self) -> str:
        """What the processes of this installation, and no others on the same Redis, talk on: they share a secret."""
        return f"standin:{hashlib.sha256(f'channel:{self.jwt_secret_key}'.encode()).hexdigest()[:32]}"

    @property
    def is_cookie_secure(self) -> bool:
        return self.env == "production" if self.cookie_secure is None else self.cookie_secure

    @property
    def models(self) -> tuple[str, ...]:
        """The models that stand-ins may ask, the default first."""
        return self.openai_models or (self.openai_model,)

    @property
    def push_subject(self) -> str:
        """Whom a push service may ask about us: some refuse what is neither an address nor a site."""
        if self.vapid_subject:
            return self.vapid_subject
        host = urlsplit(self.chat_base).hostname or ""
        is_site = self.chat_base.startswith("https://") and VAPID_SUBJECT.fullmatch(f"https://{host}")
        return f"https://{host}" if is_site else "mailto:postmaster@example.com"

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
    """The settings of this process, or a non-zero exit and one line per wrong value on standard error."""
    try:
        settings = Settings(**overrides)
        return settings if settings.env == "production" else _with_development_secrets(settings)
    except ValidationError as error:
        lines = [line for problem in error.errors() for line in _lines(problem)]
    except OSError as error:
        lines = [f"STANDIN_INSTANCE: {error.strerror}: {error.filename}"]
    sys.stderr.writelines(f"standin: {line}\n" for line in lines)
    raise SystemExit(2)


def _lines(problem: Any) -> list[str]:
    """What is wrong, each line beginning with the name of the variable."""
    words = PLAIN_WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    text = words.format(**problem["ctx"]) if problem["type"] in PLAIN_WORDS and "ctx" in problem else words
    return [f"{_variable(str(problem['loc'][0]))}: {text}"] if problem["loc"] else text.splitlines()


def _variable(known_as: str) -> str:
    """The environment variable behind a field, by either name."""
    for name, field in Settings.model_fields.items():
        if known_as in {name, field.validation_alias}:
            return str(field.validation_alias)
    return known_as


def _as_origin(value: str) -> str:
    """`value` as browsers write it in an Origin header: no path, no default port, the host in punycode."""
    try:
        url = HttpUrl(value.strip())
    except ValidationError:
        url = None
    if url is None or url.path != "/" or url.query or url.fragment or url.username or url.password:
        raise ValueError("must look like https://chat.example.com, with its port if it needs one, without a path")
    return str(url).rstrip("/")


def _as_numbers(value: str) -> tuple[str, int]:
    """A numeric address and its port, such as 10.0.0.7:8080 or [fd00::7]:8080."""
    host, _, port = value.rpartition(":")
    try:
        return str(ip_address(host.removeprefix("[").removesuffix("]"))), int(port)
    except ValueError:
        raise ValueError("must be numeric addresses with their ports, such as 10.0.0.7:8080") from None


def _as_price(value: str) -> tuple[str, Decimal, Decimal]:
    """A model and what a million tokens cost, in and out, such as gpt-4o-mini=0.15/0.60."""
    model, _, prices = value.rpartition("=")
    try:
        price_in, price_out = map(Decimal, prices.split("/"))
        if model and min(price_in, price_out) >= 0 and max(price_in, price_out) < LARGEST_PRICE:
            return model, price_in, price_out
    except (ValueError, ArithmeticError):
        pass
    raise ValueError("must be models with what a million tokens cost, in and out, such as gpt-4o-mini=0.15/0.60")


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
    secret = path.read_text("utf-8", "replace").strip()
    if len(secret) < SHORTEST_SECRET:
        raise OSError(errno.EINVAL, "Remove this file, which holds no secret, to get a new one", str(path))
    return secret
