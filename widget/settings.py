"""Every environment variable the product reads, typed and checked at start. Nothing else reads the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from widget import setting_values

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the checkout."""
INSTANCE = ROOT / "instance"
"""Where a deployment on one machine keeps what it has, unless the settings say otherwise."""
LINKS = ("auto", "local", "sdk", "rest")
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")


class WrongSetting(Exception):
    """A variable holds something that cannot be used; the text is the one line to print."""

    def __init__(self, name: str, given: str, wanted: str):
        super().__init__(f"{name}: found {given!r}, wanted {wanted}")


def _variable(name: str, default: Any, parse: Callable[[str], Any] = str) -> Any:
    return field(default=default, metadata={"name": name, "parse": parse})


@dataclass(frozen=True)
class Settings:
    """What the environment says. Unset and empty variables mean the default."""

    port: int = _variable("PORT", 8000, setting_values.number(1, 65535))
    """TCP port that the web process listens on."""
    redis_url: str = _variable(
        "REDIS_URL", "redis://127.0.0.1:6379/0", setting_values.url("redis", "rediss", "redis+cluster", "unix")
    )
    """The Redis that carries events; `python app.py` starts one of its own when this is not set."""
    database_url: str = _variable("DATABASE_URL", f"sqlite:///{INSTANCE}/chat.db", setting_values.database)
    """Where conversations are kept: SQLite (default) or PostgreSQL."""
    database_prepare: bool = _variable("DATABASE_PREPARE", True, setting_values.switch("on", "on", "off"))
    """`off` where a pooler hands out PostgreSQL's connections for one transaction each (PgBouncer in its transaction
    mode): a statement that was prepared on one of them is not known on the next."""
    redis_tls_verify: bool = _variable("REDIS_TLS_VERIFY", True, setting_values.switch("on", "on", "off"))
    """`off` takes any certificate of a rediss:// server; hosted ones (Heroku's) often have one that nobody signed."""
    secret_key: str = _variable("SECRET_KEY", "", setting_values.long_secret)
    """Signs the addresses of files; when not set, a key that the database keeps for all processes."""
    public_url: str = _variable("PUBLIC_URL", "", setting_values.url("http", "https"))
    """The address that browsers use, for printed links; http://127.0.0.1:PORT when not set."""
    allowed_origins: tuple[str, ...] = _variable("ALLOWED_ORIGINS", (), setting_values.origins)
    """Origins whose pages may embed the popup, or `*`."""
    identity_secret: str = _variable("IDENTITY_SECRET", "", setting_values.long_secret)
    """Shared with the site's own server, which signs the ids of its users with it."""
    ice_servers: tuple[str, ...] = _variable("ICE_SERVERS", (), setting_values.ice_servers)
    """STUN and TURN servers that help the browsers of a call to reach each other."""
    turn_secret: str = _variable("TURN_SECRET", "", setting_values.long_secret)
    """Shared with the TURN servers among them (coturn's static-auth-secret): callers get credentials that expire."""
    web_concurrency: int = _variable("WEB_CONCURRENCY", 1, setting_values.number(1, 64))
    """Number of worker processes."""
    proxies: int = _variable("PROXIES", 0, setting_values.number(0, 8))
    """How many reverse proxies in front set X-Forwarded-For and X-Forwarded-Proto (1 on Heroku)."""
    require_second_factor: bool = _variable("REQUIRE_SECOND_FACTOR", False, setting_values.switch("on", "on", "off"))
    """`on`: agents without a second factor set one up before they can do anything else."""
    allowed_hosts: tuple[str, ...] = _variable("ALLOWED_HOSTS", (), setting_values.hosts)
    """Without PUBLIC_URL: the hosts under which browsers may know this server, so that links may be built from them."""
    metrics_token: str = _variable("METRICS_TOKEN", "", setting_values.long_secret)
    """A bearer token without which /metrics, and the details of /readyz, are for nobody but this machine."""
    log_level: str = _variable("LOG_LEVEL", "info", setting_values.one_of(*LOG_LEVELS))
    edit_minutes: int = _variable("MESSAGE_EDIT_MINUTES", 15, setting_values.number(0, 5_256_000))
    """For how long its author may edit or delete a message, in minutes; 0: never."""
    case_reopen_hours: int = _variable("CASE_REOPEN_HOURS", 48, setting_values.number(0, 8760))
    """For how many hours after it was resolved a visitor's message goes on with the same case; later it begins one."""
    smtp_url: str = _variable("SMTP_URL", "", setting_values.smtp)
    """The server that takes mails to agents, and codes to visitors; without it, and MAIL_FROM, none are sent."""
    mail_from: str = _variable("MAIL_FROM", "", setting_values.mailbox)
    """From whom these mails are."""
    retention_days: int = _variable("RETENTION_DAYS", 0, setting_values.number(0, 36_500))
    """For how many days after its last word a conversation is kept; 0: for ever."""
    push_private: bool = _variable("PUSH_PRIVATE", False, setting_values.switch("on", "on", "off"))
    """`on`: browsers' push services may be at any address, as in tests: not only at https:// on the internet."""
    storage_url: str = _variable("STORAGE_URL", str(INSTANCE / "files"), setting_values.storage)
    """Where files are kept: a folder (default), or a bucket that speaks the S3 protocol."""
    max_upload_mb: int = _variable("MAX_UPLOAD_MB", 25, setting_values.number(1, 1024))
    """The largest file that can be sent, in megabytes (of 1024 × 1024 bytes)."""
    visitor_messages: tuple[tuple[int, int], ...] = _variable(
        "VISITOR_MESSAGES", ((30, 10), (600, 3600)), setting_values.pace
    )
    """How many messages a visitor may send in how many seconds; the team may send far more."""
    visitor_daily_mb: int = _variable("VISITOR_DAILY_MB", 200, setting_values.number(1, 1_000_000))
    """How much a visitor may upload in a day, in megabytes."""
    address_daily_mb: int = _variable("ADDRESS_DAILY_MB", 2000, setting_values.number(1, 1_000_000))
    """How much the visitors behind one network address may upload in a day together: offices and schools share one."""
    least_free_mb: int = _variable("LEAST_FREE_MB", 500, setting_values.number(0, 1_000_000))
    """How much room on the disk no file may take."""
    link_previews: bool = _variable("LINK_PREVIEWS", True, setting_values.switch("on", "on", "off"))
    """`off`: this server never fetches a page that somebody has put a link to."""
    webhooks_private: bool = _variable("WEBHOOKS_PRIVATE", False, setting_values.switch("on", "on", "off"))
    """`on`: webhooks may lead to this machine and its neighbours, and to any port; for development."""
    mesibo_link: str = _variable("MESIBO_LINK", "auto", setting_values.one_of(*LINKS))
    """How messages leave for the agents' mesibo apps; `auto` takes the first of sdk, rest, local that can be used."""
    mesibo_access_token: str = _variable("MESIBO_ACCESS_TOKEN", "")
    """The token of the mesibo user that the SDK link is; nobody else may sign in as that user."""
    mesibo_app_id: str = _variable("MESIBO_APP_ID", "", setting_values.app_id)
    """The app's id in mesibo, for tokens of the first version."""
    mesibo_app_token: str = _variable("MESIBO_APP_TOKEN", "")
    """The secret of the app in mesibo: makes users and groups, and sends by REST."""
    mesibo_api_url: str = _variable(
        "MESIBO_API_URL", "https://api.mesibo.com/backend", setting_values.url("https", "http")
    )
    """Where mesibo's REST API is."""
    mesibo_webhook_secret: str = _variable("MESIBO_WEBHOOK_SECRET", "", setting_values.long_secret)
    """What mesibo's webhook proves itself with."""
    destination: tuple[str, ...] = _variable("POPUP_DESTINATION_USER", (), setting_values.addresses)
    """The mesibo addresses of who answers."""
    single_user: bool = _variable("MESIBO_SINGLE_USER", False, setting_values.switch("1", "0", "1"))
    """1: all visitors may share one conversation in the app, as one person's own popup does without an app token."""
    mesibo_pace: tuple[tuple[int, int], ...] = _variable("MESIBO_PACE", ((30, 60), (60, 600)), setting_values.pace)
    """How many messages one mesibo user may send in how many seconds; the default is mesibo's own sample."""
    display_name: str = _variable("POPUP_DISPLAY_NAME", "Support")
    """The team's name, shown in the popup's header."""
    display_picture: str = _variable("POPUP_DISPLAY_PICTURE", "", setting_values.url("https", "http"))
    """Address of the team's picture; its initials when not set."""
    demo_shop: str = _variable("DEMO_SHOP_URL", "", setting_values.url("http", "https"))
    """Where `make demo` serves its shop, set by it; `/demo` leads there."""
    given: frozenset[str] = frozenset()
    """The names of the variables that are set: what the owner sets in the inbox does not change those."""

    @property
    def edit_window(self) -> timedelta:
        """For how long its author may edit or delete a message."""
        return timedelta(minutes=self.edit_minutes)

    @property
    def max_upload(self) -> int:
        """The largest file that can be sent, in bytes."""
        return self.max_upload_mb * 1024 * 1024

    @property
    def sends_mails(self) -> bool:
        """Whether mails can be sent at all."""
        return bool(self.smtp_url and self.mail_from)

    @property
    def base_url(self) -> str:
        """The address to print in links, without a trailing slash."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    def may_embed(self, origin: str) -> bool:
        """Whether pages of this origin may: `https://*.example.com` names all below example.com, as in a policy."""
        for allowed in self.allowed_origins:
            start, star, end = allowed.partition("*")
            if origin == allowed or (star and origin.startswith(start) and origin.endswith(end)):
                return True
        return False


def variables() -> list[Field[Any]]:
    """The fields of the settings that have a variable, which is the `name` in their metadata."""
    return [item for item in fields(Settings) if item.metadata]


def variable_of(name: str) -> str:
    """The variable of a field."""
    return next(str(item.metadata["name"]) for item in variables() if item.name == name)


def from_environ(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check all settings; raises WrongSetting for the first value that cannot be used."""
    values: dict[str, Any] = {}
    for item in variables():
        text = environ.get(item.metadata["name"], "").strip()
        if not text:
            continue
        try:
            values[item.name] = item.metadata["parse"](text)
        except ValueError as wanted:
            raise WrongSetting(item.metadata["name"], text, str(wanted)) from None
    settings = Settings(**values, given=frozenset(it.metadata["name"] for it in variables() if it.name in values))
    if not settings.turn_secret and any(url.startswith("turn") for url in settings.ice_servers):
        raise WrongSetting("TURN_SECRET", "", "the secret that the turn: servers of ICE_SERVERS share with this one")
    _check_link(settings)
    if not settings.redis_tls_verify and settings.redis_url.startswith("rediss:"):
        joint = "&" if "?" in settings.redis_url else "?"
        return replace(settings, redis_url=f"{settings.redis_url}{joint}ssl_cert_reqs=none")
    return settings


def _check_link(settings: Settings) -> None:
    """Raise WrongSetting for a link that could never work as it is set up."""
    link = settings.mesibo_link
    if link == "local":
        return
    if link == "sdk" and not settings.mesibo_access_token:
        raise WrongSetting("MESIBO_ACCESS_TOKEN", "", "the token of a mesibo user, which MESIBO_LINK=sdk needs")
    if link == "rest" and not settings.mesibo_app_token:
        raise WrongSetting("MESIBO_APP_TOKEN", "", "the app token, which MESIBO_LINK=rest needs")
    if link == "rest" and not settings.mesibo_webhook_secret:
        raise WrongSetting("MESIBO_WEBHOOK_SECRET", "", "a secret: with MESIBO_LINK=rest answers come by the webhook")
    by_sdk = link in ("auto", "sdk") and bool(settings.mesibo_access_token)
    by_rest = link in ("auto", "rest") and bool(settings.mesibo_app_token)
    if (by_sdk or by_rest) and not settings.destination:
        raise WrongSetting("POPUP_DESTINATION_USER", "", "the mesibo addresses of who answers, comma separated")
    if by_sdk and not settings.mesibo_app_token and not settings.single_user:
        wanted = "1, since without MESIBO_APP_TOKEN all visitors share one conversation in the app"
        raise WrongSetting("MESIBO_SINGLE_USER", "0", wanted)
