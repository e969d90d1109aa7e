"""Every variable is read once, typed, and refused with one line when it holds something that cannot be used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest

from tests import services
from widget import settings
from widget.settings import Settings, WrongSetting

NUMBER = "a whole number from"
ADDRESS = "an address that starts with"
DATABASE = "sqlite:///file or postgresql://user:password@host/name"
ORIGINS = "origins such as https://shop.example.com, comma separated, or *"
SECRET = "at least 16 characters that nobody can guess"

WRONG_DATABASES = (
    *("mysql://a@b/c", "chat.db", "file:chat.db", "postgres", "postgres://", "postgresql://a:b@host:port/name"),
    *("sqlite", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://chat.db"),
)

WRONG = [
    *(("PORT", value, NUMBER) for value in ("http", "0", "65536", "-1", "80.5", "8e3", "0x50", "1 2", "٨٠", "9" * 40)),
    *(("WEB_CONCURRENCY", value, NUMBER) for value in ("0", "65", "two", "1.0")),
    *(("SMTP_URL", value, "smtp://user:password") for value in ("mail.example.com", "http://mail", "smtp://m/?a=b")),
    *(("MAIL_FROM", value, "an e-mail address") for value in ("support", "a@b, c@d", "A\x07 <a@b.c>", "<a b@c.d>")),
    *(("CASE_REOPEN_HOURS", value, NUMBER) for value in ("-1", "8761", "2d", "0.5")),
    *(("MESSAGE_EDIT_MINUTES", value, NUMBER) for value in ("-1", "5256001", "15m", "0.5", "never")),
    *((name, value, NUMBER) for name in ("VISITOR_DAILY_MB", "ADDRESS_DAILY_MB") for value in ("0", "1.5", "10MB")),
    *(("LEAST_FREE_MB", value, NUMBER) for value in ("-1", "none")),
    *(("VISITOR_MESSAGES", value, "messages/seconds") for value in ("30", "30/0", "0/10", "30/10;600/3600", "30 / 10")),
    *(("ALLOWED_HOSTS", value, "hosts such as") for value in ("https://a.example.com", "a b", "*", "a/b")),
    ("METRICS_TOKEN", "short", SECRET),
    ("REQUIRE_SECOND_FACTOR", "yes", "one of on, off"),
    *(("PROXIES", value, NUMBER) for value in ("-1", "9", "yes")),
    *(
        ("REDIS_URL", value, ADDRESS)
        for value in ("localhost:6379", "http://localhost", "6379", "redis://localhost:port")
    ),
    *(("DATABASE_URL", value, DATABASE) for value in WRONG_DATABASES),
    *(("PUBLIC_URL", value, ADDRESS) for value in ("chat.example.com", "ftp://chat.example.com", "https://")),
    *(("POPUP_DISPLAY_PICTURE", value, ADDRESS) for value in ("logo.png", "javascript:alert(1)", "data:,x")),
    *(("DEMO_SHOP_URL", value, ADDRESS) for value in ("localhost", "file:///shop")),
    *(
        ("ALLOWED_ORIGINS", value, ORIGINS)
        for value in (
            "shop.example.com",
            "https://shop.example.com/path",
            "https://shop.example.com?x=1",
            "https://a.example.com, b.example.com",
            "https://",
            "https://a.example.com https://b.example.com",
            "https://a.example.com; script-src *",
            "https://user@a.example.com",
            "javascript:alert(1)",
            "null",
            "*,https://a.example.com",
            "https://[::1",
            "https://münchen.example.com",
            "https://a.example.com:port",
        )
    ),
    *(
        ("ICE_SERVERS", value, "stun: and turn: addresses")
        for value in (
            *("stun.example.com", "stun://stun.example.com", "https://a.example.com", "turn:", "turn:user@host"),
            *("stun:a.example.com?transport=udp", "turn:a.example.com?transport=sctp", "stun:a b", "stun:a stun:b"),
        )
    ),
    ("TURN_SECRET", "short", SECRET),
    ("SECRET_KEY", "short", SECRET),
    ("IDENTITY_SECRET", "fifteen letters", SECRET),
    ("DATABASE_PREPARE", "no", "one of on, off"),
    ("REDIS_TLS_VERIFY", "maybe", "one of on, off"),
    *(
        ("STORAGE_URL", value, "file:/folder or s3://key:secret@host/bucket?region=…")
        for value in ("files", "file:", "ftp://host/x", "s3://bucket", "s3://key@host/bucket", "s3://key:secret@host/")
    ),
    *(("MAX_UPLOAD_MB", value, NUMBER) for value in ("0", "1025", "25MB", "-1")),
    *(("RETENTION_DAYS", value, "a whole number from 0 to 36500") for value in ("-1", "36501", "a year")),
    ("LINK_PREVIEWS", "yes", "one of on, off"),
    ("WEBHOOKS_PRIVATE", "yes", "one of on, off"),
    ("LOG_LEVEL", "loud", "one of debug, info, warning, error, critical"),
    ("MESIBO_LINK", "fax", "one of auto, local, sdk, rest"),
    *(("MESIBO_PACE", value, "messages/seconds") for value in ("30", "0/60", "30/60;60/600", "30/60,", "fast")),
    *(("POPUP_DESTINATION_USER", value, "the mesibo addresses") for value in (",", "a b", "ana,bo/b", "ä")),
    *(("MESIBO_APP_ID", value, "an app id such as com.example.chat") for value in ("chat", "1234", "a b.c", ".a")),
    ("MESIBO_API_URL", "api.mesibo.com", ADDRESS),
    ("MESIBO_WEBHOOK_SECRET", "short", SECRET),
    ("MESIBO_SINGLE_USER", "yes", "one of 0, 1"),
    ("RETENTION_DAYS", "-1", "a whole number from 0 to 36500"),
    ("PUSH_PRIVATE", "yes", "one of on, off"),
]


@pytest.mark.parametrize(("name", "found", "wanted"), WRONG)
def test_a_wrong_value_is_refused_with_one_line_that_says_what_and_why(name: str, found: str, wanted: str) -> None:
    with pytest.raises(WrongSetting) as refusal:
        settings.from_environ({name: found})
    line = str(refusal.value)
    assert "\n" not in line
    assert line.startswith(f"{name}: found {found!r}, wanted {wanted}")


def test_every_variable_that_can_be_wrong_is_in_this_table() -> None:
    free = {"POPUP_DISPLAY_NAME", "MESIBO_ACCESS_TOKEN", "MESIBO_APP_TOKEN"}  # any text will do
    assert {item.metadata["name"] for item in settings.variables()} - free == {name for name, _, _ in WRONG}


@pytest.mark.parametrize("nothing", [{}, {"PORT": ""}, {"PORT": "  ", "ALLOWED_ORIGINS": ""}])
def test_unset_and_empty_variables_mean_the_default(nothing: dict[str, str]) -> None:
    found = settings.from_environ(nothing)
    assert found == Settings()
    assert (found.port, found.web_concurrency, found.allowed_origins) == (8000, 1, ())
    assert found.edit_window == timedelta(minutes=15)
    assert found.base_url == "http://127.0.0.1:8000"


def test_right_values_are_taken_over() -> None:
    found = settings.from_environ(
        {
            "PORT": " 9000 ",
            "PUBLIC_URL": "https://chat.example.com/",
            "ALLOWED_ORIGINS": "https://Shop.example.com/, http://localhost:8001,https://*.example.org,",
            "DATABASE_URL": "postgres://me:secret@db.example.com:5432/chat?sslmode=require",
            "REDIS_URL": "unix:///run/redis.sock",
            "LOG_LEVEL": "DEBUG",
            "MESIBO_LINK": "Local",
            "IDENTITY_SECRET": "0123456789abcdef",
            "MESSAGE_EDIT_MINUTES": "90",
        }
    )
    assert found.edit_window == timedelta(hours=1.5)
    assert (found.port, found.base_url) == (9000, "https://chat.example.com")
    assert found.allowed_origins == ("https://shop.example.com", "http://localhost:8001", "https://*.example.org")
    for origin, may in (
        ("https://shop.example.com", True),
        ("https://a.b.example.org", True),
        ("https://example.org", False),
        ("http://a.example.org", False),
        ("https://a.example.org:444", False),
        ("https://a.example.org.evil.test", False),
        ("https://shop.example.com.evil.test", False),
    ):
        assert found.may_embed(origin) is may, origin
    assert found.database_url == "postgresql+psycopg://me:secret@db.example.com:5432/chat?sslmode=require"
    assert (found.redis_url, found.log_level, found.mesibo_link) == ("unix:///run/redis.sock", "debug", "local")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///chat",
        "postgresql://me:p@ss/w:rd#1@db/chat",
        "postgresql://me@[::1]:5432/chat?host=/run/pg",
        "postgresql://db.example.com",
    ],
)
def test_every_address_of_a_postgresql_is_taken_over(url: str) -> None:
    assert settings.from_environ({"DATABASE_URL": url}).database_url == url.replace("://", "+psycopg://", 1)


@pytest.mark.parametrize("command", [["gunicorn", "app:app"], ["flask", "--app", "app", "routes"]])
def test_a_wrong_value_ends_the_start_at_once_with_that_one_line(command: list[str]) -> None:
    environ = {"PATH": os.environ["PATH"], "PORT": "eighty", "PYTHONPATH": str(services.ROOT)}
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=services.ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
    )
    printed = (ended.stdout + ended.stderr).strip()
    assert ended.returncode != 0
    assert printed.splitlines() == ["PORT: found 'eighty', wanted a whole number from 1 to 65535"]


def test_nothing_but_the_settings_reads_the_environment() -> None:
    reads = re.compile(r"os\.environ|os\.getenv|getenv\(|environb")
    readers = {
        path.relative_to(services.ROOT).as_posix()
        for path in (services.ROOT / "widget").rglob("*.py")
        if reads.search(path.read_text())
    }
    assert readers <= {"widget/settings.py", "widget/devserver/supervisor.py"}  # which sets what it has started
