"""What a platform is told about the app is true, and what it gives the app is understood."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests import api, services
from tests.faults.processes import MANIFEST, PROCFILE
from widget import create_app, extensions, settings
from widget.devserver import embedded_redis

VARIABLES = {field.metadata["name"] for field in settings.variables()}


class TlsRedisServer(services.RedisServer):
    """A Redis as hosted ones are: only TLS, with a certificate that nobody but itself has signed."""

    def __init__(self, folder: Path):
        self.folder = folder
        subprocess.run(
            shlex.split(
                "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=redis -keyout key.pem -out certificate.pem"
            ),
            cwd=folder,
            check=True,
            capture_output=True,
        )
        super().__init__()

    def start(self) -> None:
        self.url = f"rediss://127.0.0.1:{self.port}/0?ssl_cert_reqs=none"
        options = f"--port 0 --tls-port {self.port} --bind 127.0.0.1 --save '' --tls-auth-clients no"
        certificate = "--tls-cert-file certificate.pem --tls-key-file key.pem"
        self.process = subprocess.Popen(
            [embedded_redis.binary(), *shlex.split(f"{options} {certificate}")],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            preexec_fn=embedded_redis.end_with_parent,
        )
        services.wait_for(self.answers, "Redis over TLS")


@pytest.fixture(scope="module")
def tls_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsRedisServer]:
    with services.closing(TlsRedisServer(tmp_path_factory.mktemp("tls"))) as server:
        yield server


def test_a_hosted_redis_with_a_certificate_of_its_own_carries_the_stream(
    tls_redis: TlsRedisServer, tmp_path: Path
) -> None:
    as_hosted = tls_redis.url.partition("?")[0]
    database = f"sqlite:///{tmp_path}/chat.db"
    with services.closing(services.ChatServer(as_hosted, database, REDIS_TLS_VERIFY="off")) as chat:
        visitor, agent = api.visitor(chat.url), api.agent(chat)
        streams = [visitor.listen(), agent.listen()]
        assert visitor.send("over TLS").status_code == 201
        for stream in streams:
            assert stream.next("message").data["body"] == "over TLS"


def test_a_certificate_that_nobody_trusts_is_refused_unless_the_address_says_otherwise(
    tls_redis: TlsRedisServer, tmp_path: Path
) -> None:
    url = tls_redis.url.partition("?")[0]
    app = create_app(settings.from_environ({"REDIS_URL": url, "DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}))
    with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        extensions.of(app).redis.ping()


def test_every_variable_of_the_manifest_is_one_that_the_product_reads() -> None:
    assert set(MANIFEST["env"]) <= VARIABLES
    # What the platform gives by itself is not asked for.
    assert not set(MANIFEST["env"]) & {"PORT", "DATABASE_URL", "REDIS_URL"}
    assert {"PORT", "DATABASE_URL", "REDIS_URL"} <= VARIABLES


def test_the_manifests_values_are_accepted() -> None:
    values = {name: setting["value"] for name, setting in MANIFEST["env"].items() if "value" in setting}
    generated = {name: "0123456789abcdef" * 4 for name, it in MANIFEST["env"].items() if it.get("generator")}
    found = settings.from_environ(values | generated)
    assert found.web_concurrency == 2
    assert found.proxies == 1
    optional = {name for name, setting in MANIFEST["env"].items() if setting.get("required") is False}
    assert set(values) | set(generated) | optional == set(MANIFEST["env"]), "a variable without any value"


def test_the_manifest_asks_for_all_that_the_product_needs() -> None:
    assert {addon["plan"].partition(":")[0] for addon in MANIFEST["addons"]} == {"heroku-postgresql", "heroku-redis"}
    assert set(MANIFEST["formation"]) == {"web"} <= set(PROCFILE)
    assert MANIFEST["formation"]["web"]["quantity"] == 1


def test_the_programs_of_the_procfile_come_with_the_requirements() -> None:
    assert set(PROCFILE) == {"web", "release"}
    pinned = set(re.findall(r"^([\w-]+)==", (services.ROOT / "requirements.txt").read_text(), re.MULTILINE))
    for command in PROCFILE.values():
        program = shlex.split(command)[0]
        assert program in pinned
        assert shutil.which(program, path=str(Path(sys.executable).parent))
