"""Settings: what is taken from the environment, and the one line that says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import Settings, load_settings

SECRETS = {"STANDIN_SECRET_KEY": "s" * 32, "STANDIN_JWT_SECRET_KEY": "j" * 32}
Load = Callable[..., Settings]
Refuse = Callable[..., list[str]]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """The settings that an environment with these variables and no others gives."""
    for name in {name for field in Settings.model_fields.values() for name in _names(field.validation_alias)}:
        monkeypatch.delenv(name, raising=False)

    def load(**environment: str) -> Settings:
        for name, value in {"STANDIN_INSTANCE": str(tmp_path / "instance"), **environment}.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return load


@pytest.fixture
def refuse(load: Load, capsys: pytest.CaptureFixture[str]) -> Refuse:
    """The lines on standard error with which a start ends."""

    def refuse(**environment: str) -> list[str]:
        with pytest.raises(SystemExit) as stopped:
            load(**environment)
        assert stopped.value.code == 2
        return capsys.readouterr().err.splitlines()

    return refuse


def _names(alias: object) -> list[str]:
    return [str(name) for name in getattr(alias, "choices", [alias])]


def test_nothing_has_to_be_set(load: Load) -> None:
    settings = load()
    assert (settings.env, settings.role) == ("development", "all")
    assert (settings.host, settings.listen_port) == ("127.0.0.1", 3000)
    assert (settings.rate_limits, settings.debug, settings.is_cookie_secure) == (True, False, False)
    assert settings.mongodb_uri is None
    assert settings.bcrypt_cost == 12
    assert settings.trusted_proxies == 0


def test_models_and_their_prices(load: Load) -> None:
    assert load().models == ("gpt-4o-mini",)
    assert load(OPENAI_MODEL="mine").models == ("mine",)
    settings = load(OPENAI_MODELS="a/b:1, c,a/b:1", STANDIN_MODEL_PRICES="a/b:1=0.15/0.60, c=2/8")
    assert settings.models == ("a/b:1", "c")
    assert [(model, str(one), str(other)) for model, one, other in settings.standin_model_prices] == [
        ("a/b:1", "0.15", "0.60"),
        ("c", "2", "8"),
    ]


def test_an_empty_variable_is_one_that_is_not_set(load: Load) -> None:
    assert load(PORT="", STANDIN_ROLE="", MONGODB_URI="", OPENAI_API_KEY="").openai_api_key is None


@pytest.mark.parametrize(("role", "port"), [("all", 3000), ("auth", 4000), ("chat", 3000)])
def test_each_role_has_its_port(load: Load, role: str, port: int) -> None:
    assert load(STANDIN_ROLE=role).listen_port == port
    assert load(STANDIN_ROLE=role, PORT="5000").listen_port == 5000


BAD_PRICE = "must be models with what a million tokens cost, in and out, such as gpt-4o-mini=0.15/0.60"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        *[("STANDIN_MODEL_PRICES", bad, BAD_PRICE) for bad in ("a", "a=1", "a=x/1", "=1/1", "a=-1/1", "a=1/NaN")],
        ("STANDIN_ENV", "prod", "must be 'development' or 'production'"),
        ("STANDIN_ROLE", "both", "must be 'all', 'auth' or 'chat'"),
        ("PORT", "http", "must be a whole number"),
        ("PORT", "65536", "must be 65535 or less"),
        ("PORT", "-1", "must be 0 or more"),
        ("STANDIN_MESSAGES_A_MINUTE", "-1", "must be 0 or more"),
        ("MONGODB_URI", "localhost:27017", "must start with mongodb:// or mongodb+srv://"),
        ("STANDIN_SECRET_KEY", "secret", "must have 32 characters or more"),
        ("STANDIN_JWT_SECRET_KEY", "secret", "must have 32 characters or more"),
        ("STANDIN_DEBUG", "maybe", "must be on or off"),
        ("FLASK_DEBUG", "maybe", "must be on or off"),
        ("STANDIN_COOKIE_SECURE", "maybe", "must be on or off"),
        ("STANDIN_RATE_LIMITS", "few", "must be on or off"),
        ("STANDIN_BCRYPT_COST", "3", "must be 4 or more"),
        ("STANDIN_BCRYPT_COST", "17", "must be 16 or less"),
        ("STANDIN_LOG_LEVEL", "LOUD", "must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("STANDIN_TRUSTED_PROXIES", "1.5", "must be a whole number"),
        ("STANDIN_TRUSTED_PROXIES", "6", "must be 5 or less"),
        ("OPENAI_BASE_URL", "localhost", "must start with http:// or https://"),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_line_that_names_it(
    refuse: Refuse, name: str, value: str, text: str
) -> None:
    assert refuse(**{name: value}) == [f"standin: {name}: {text}"]


@pytest.mark.parametrize("name", ["STANDIN_AUTH_URL", "STANDIN_CHAT_URL", "STANDIN_ORIGINS"])
@pytest.mark.parametrize(
    "value",
    [
        "chat.example.com",
        "ftp://example.com",
        "https://",
        "https://example.com/chat",
        "http://[",
        "https://a:b@example.com",
        "*",
    ],
)
def test_an_address_is_one_that_browsers_know_as_an_origin(refuse: Refuse, name: str, value: str) -> None:
    (line,) = refuse(**{name: value})
    assert line.startswith(f"standin: {name}: must look like https://chat.example.com")


def test_every_wrong_value_gets_a_line(refuse: Refuse) -> None:
    lines = refuse(STANDIN_ENV="prod", PORT="http", STANDIN_ROLE="both")
    assert [line.split(":")[1] for line in lines] == [" STANDIN_ENV", " STANDIN_ROLE", " PORT"]


def test_addresses_are_kept_as_browsers_write_them(load: Load) -> None:
    settings = load(
        STANDIN_CHAT_URL="https://Chat.Example.com:443/",
        STANDIN_ORIGINS="http://bücher.example:80, https://other.example:8443",
    )
    assert settings.chat_base == "https://chat.example.com"
    assert settings.origins == ("http://xn--bcher-kva.example", "https://other.example:8443")
    assert set(settings.allowed_origins) >= {settings.chat_base, *settings.origins, "http://localhost:3000"}


def test_everywhere_is_no_address_to_go_to(load: Load) -> None:
    assert load(HOST="::").chat_base == "http://127.0.0.1:3000"
    assert load(HOST="::1").chat_base == "http://[::1]:3000"


def test_production_does_not_start_unsafe(refuse: Refuse) -> None:
    off = dict.fromkeys(("STANDIN_COOKIE_SECURE", "STANDIN_RATE_LIMITS"), "off")
    lines = refuse(STANDIN_ENV="production", FLASK_DEBUG="1", STANDIN_BCRYPT_COST="11", **off)
    assert lines == [
        "standin: STANDIN_SECRET_KEY: must be given in production",
        "standin: STANDIN_JWT_SECRET_KEY: must be given in production",
        "standin: FLASK_DEBUG: must be off in production",
        "standin: STANDIN_COOKIE_SECURE: must not be off in production",
        "standin: STANDIN_RATE_LIMITS: must not be off in production",
        "standin: STANDIN_BCRYPT_COST: must be 12 or more in production",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STANDIN_SECRET_KEY", ""),
        ("STANDIN_JWT_SECRET_KEY", ""),
        ("STANDIN_JWT_SECRET_KEY", "too short"),
        ("STANDIN_DEBUG", "on"),
        ("STANDIN_COOKIE_SECURE", "off"),
        ("STANDIN_RATE_LIMITS", "off"),
        ("STANDIN_BCRYPT_COST", "11"),
    ],
)
def test_each_of_them_alone_stops_it(refuse: Refuse, name: str, value: str) -> None:
    (line,) = refuse(**{"STANDIN_ENV": "production", **SECRETS, name: value})
    assert line.startswith(f"standin: {name}: ")


def test_production_keeps_cookies_to_https_and_no_secrets_in_files(load: Load, tmp_path: Path) -> None:
    settings = load(STANDIN_ENV="production", **SECRETS)
    assert settings.is_cookie_secure
    assert (settings.secret_key, settings.jwt_secret_key) == ("s" * 32, "j" * 32)
    assert not (tmp_path / "instance").exists()


def test_secrets_are_made_once_and_for_their_owner_only(load: Load, tmp_path: Path) -> None:
    first = load()
    assert len({first.secret_key, first.jwt_secret_key}) == 2
    assert min(len(first.secret_key), len(first.jwt_secret_key)) >= 32
    again = load()
    assert (again.secret_key, again.jwt_secret_key) == (first.secret_key, first.jwt_secret_key)
    assert (tmp_path / "instance").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "instance").iterdir()} == {0o600}
    assert {path.name for path in (tmp_path / "instance").iterdir()} == {"secret_key", "jwt_secret_key"}


def test_processes_that_start_together_agree_on_the_secrets(load: Load, tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    with ThreadPoolExecutor(8) as starts:
        made = list(starts.map(lambda _: load_settings(instance=instance).jwt_secret_key, range(32)))
    assert len(set(made)) == 1


def test_another_folder_has_other_secrets(load: Load, tmp_path: Path) -> None:
    assert load().secret_key != load(STANDIN_INSTANCE=str(tmp_path / "other")).secret_key


def test_a_given_secret_is_preferred(load: Load) -> None:
    assert load(**SECRETS).jwt_secret_key == "j" * 32


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff" * 3])
def test_a_file_without_a_secret_stops_the_start(refuse: Refuse, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "instance" / "jwt_secret_key"
    path.parent.mkdir()
    path.write_bytes(content)
    (line,) = refuse()
    assert line == f"standin: STANDIN_INSTANCE: Remove this file, which holds no secret, to get a new one: {path}"


def test_a_folder_that_cannot_be_used_stops_the_start(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (line,) = refuse(STANDIN_INSTANCE=str(tmp_path / "file" / "folder"))
    assert line.startswith("standin: STANDIN_INSTANCE: Not a directory: ")


def test_the_settings_do_not_show_their_secrets(load: Load) -> None:
    shown = repr(load(**SECRETS, OPENAI_API_KEY="sk-hidden", MONGODB_URI="mongodb://ada:hidden@localhost/"))
    for secret in ("s" * 32, "j" * 32, "hidden"):
        assert secret not in shown


ADDRESSES = {"STANDIN_AUTH_URL": "https://auth.example.com", "STANDIN_CHAT_URL": "https://chat.example.com"}


@pytest.mark.parametrize("domain", ["", "other.example", "xample.com", "chat.example.com"])
@pytest.mark.parametrize("role", ["auth", "chat"])
def test_two_servers_on_two_hosts_need_cookies_that_reach_both(refuse: Refuse, role: str, domain: str) -> None:
    assert refuse(**ADDRESSES, STANDIN_ROLE=role, STANDIN_COOKIE_DOMAIN=domain) == [
        "standin: STANDIN_COOKIE_DOMAIN: must be a domain that holds auth.example.com and chat.example.com"
    ]


@pytest.mark.parametrize("domain", ["example.com", ".Example.com"])
def test_a_domain_that_holds_both_reaches_both(load: Load, domain: str) -> None:
    settings = load(**ADDRESSES, STANDIN_ROLE="chat", STANDIN_COOKIE_DOMAIN=domain)
    assert settings.login_url == "https://auth.example.com"


def test_one_debug_variable_that_is_off_does_not_hide_the_other(refuse: Refuse) -> None:
    secrets = dict.fromkeys(("STANDIN_SECRET_KEY", "STANDIN_JWT_SECRET_KEY"), "s" * 32)
    lines = refuse(STANDIN_ENV="production", STANDIN_DEBUG="0", FLASK_DEBUG="1", **secrets)
    assert lines == ["standin: FLASK_DEBUG: must be off in production"]


def test_who_push_services_may_ask_is_the_site_without_its_port(load: Load) -> None:
    assert load().push_subject == "mailto:postmaster@example.com"
    assert load(STANDIN_CHAT_URL="https://chat.example.com:8443").push_subject == "https://chat.example.com"
    assert load(STANDIN_VAPID_SUBJECT="mailto:ops@example.com").push_subject == "mailto:ops@example.com"
    assert load(STANDIN_VAPID_PRIVATE_KEY="B" * 43).vapid_private_key == "B" * 43


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("STANDIN_VAPID_SUBJECT", "ops@example.com", "must look like mailto:admin@example.com"),
        ("STANDIN_VAPID_SUBJECT", "https://chat.example.com:8443", "without a port"),
        ("STANDIN_VAPID_PRIVATE_KEY", "short", "must be the 32 bytes of a P-256 private key"),
        ("STANDIN_VAPID_PRIVATE_KEY", "A" * 43, "must be the 32 bytes of a P-256 private key"),
        ("STANDIN_VAPID_PRIVATE_KEY", "_" * 43, "must be the 32 bytes of a P-256 private key"),
        ("STANDIN_PUSH_ALLOW", "push.example.com:80", "must be numeric addresses"),
        ("STANDIN_SMTP_URL", "mail.example.com", "must look like smtp://"),
        ("STANDIN_SMTP_URL", "http://mail.example.com", "must look like smtp://"),
        ("STANDIN_MAIL_FROM", "Standin", "must look like Standin <"),
        ("STANDIN_MAIL_FROM", "a@example.com\nBcc: b@example.com", "must look like Standin <"),
        ("STANDIN_MAIL_AFTER_MINUTES", "-1", "must be 0"),
    ],
)
def test_a_wrong_value_for_notices_stops_the_start(refuse: Refuse, name: str, value: str, line: str) -> None:
    (said,) = refuse(**{name: value})
    assert said.startswith(f"standin: {name}: ")
    assert line in said
