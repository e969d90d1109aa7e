"""The pages and files that strangers' browsers load: what they weigh, and what they may do."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import requests

from tests import api, services
from widget import create_app, settings
from widget.web.views import static

pytestmark = pytest.mark.any_database

FIRST_PAINT = 34 * 1024
LOADER = 4096


def weight(content: bytes) -> int:
    """The bytes of some content as `gzip -9` makes them."""
    return len(gzip.compress(content, 9))


class _Page(HTMLParser):
    """The elements of a page: (tag, attributes)."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline_scripts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self._in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, text: str) -> None:
        if self._in_script and text.strip():
            self.inline_scripts.append(text)

    def files(self) -> list[str]:
        """The address of every script, module and style sheet."""
        scripts = [found["src"] for tag, found in self.elements if tag == "script"]
        links = [found["href"] for tag, found in self.elements if tag == "link"]
        return [it for it in dict.fromkeys(scripts + links) if it and not it.startswith("data:")]


def test_the_loader_is_one_script_of_at_most_4_kb(server: services.ChatServer) -> None:
    answer = requests.get(f"{server.url}/widget.js", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert weight(answer.content) <= LOADER
    # All it ever loads besides is what tells why the popup is not there.
    loads = re.findall(r"\bimport\b\s*[({'\"].+?\)|importScripts|createElement\(['\"]script", answer.text)
    assert loads == ["import(`${chat}/widget.js?failure`)"]
    unchanged = requests.get(answer.url, headers={"If-None-Match": answer.headers["ETag"]}, timeout=30)
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_style_sheets_can_be_had_in_one_answer_each_of_them_once(server: services.ChatServer) -> None:
    def sent(name: str) -> bytes:
        return requests.get(f"{server.url}/static/{static.VERSION}/css/{name}.css", timeout=30).content

    assert (
        sent("conversation_list+typing")
        == sent("conversation_list+typing+conversation_list+typing")
        == sent("conversation_list") + sent("typing")
    )


SCRIPTS = [path for path in sorted(static.FOLDER.rglob("*.js")) if "vendor" not in path.parts]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_loses_its_comments_and_nothing_that_it_says(path: Path) -> None:
    source = re.sub(r"/\*.*?\*/|^\s*//.*?$|(?<=[;{},)]) +// .*?$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    # What takes the comments out does not understand a template within a template, and would take spaces out of it.
    assert not re.search(r"\$\{[^}`]*`", source)
    sent = static.minified(path).decode()
    for literal in re.findall(r'`[^`]*`|"[^"\n]*"', source):
        assert literal in sent


def test_the_popups_first_paint_is_at_most_34_kb(server: services.ChatServer) -> None:
    answer = requests.get(f"{server.url}/popup", timeout=30)
    files = _Page(answer.text).files()
    contents = {path: requests.get(server.url + path, timeout=30).content for path in files}
    assert [path for path in files if path.endswith(".css")]
    assert len([path for path in files if path.endswith(".js")]) >= 5
    imported = re.compile(rb"""(?:import|from)\s*["'](\.[^"']+)["']""")  # not import(…): that waits for its use
    for path, content in contents.items():  # whatever a module imports is among what was counted
        for relative in imported.findall(content):
            assert requests.compat.urljoin(path, relative.decode()) in contents, (path, relative)
    total = weight(answer.content) + sum(weight(content) for content in contents.values())
    assert total <= FIRST_PAINT, {path: weight(content) for path, content in contents.items()}


def test_files_are_kept_for_ever_by_an_address_that_holds_their_version(server: services.ChatServer) -> None:
    path = _Page(requests.get(f"{server.url}/popup", timeout=30).text).files()[0]
    now = requests.get(server.url + path, timeout=30)
    assert now.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    older = requests.get(server.url + re.sub(r"/static/[^/]+/", "/static/0123456789ab/", path), timeout=30)
    assert (older.content, older.headers["Cache-Control"]) == (now.content, "no-cache")
    for outside in ("../app.py", "..%2fapp.py", "%2e%2e/%2e%2e/app.py", "nothing.css"):
        assert requests.get(f"{server.url}/static/0123456789ab/{outside}", timeout=30).status_code == 404


def _policy(answer: requests.Response) -> dict[str, list[str]]:
    rules = [rule.split() for rule in answer.headers["Content-Security-Policy"].split(";")]
    return {rule[0]: rule[1:] for rule in rules if rule}


NAMED = "https://shop.example.com"
DEMO_SHOP = "http://localhost:8001"


@pytest.fixture(scope="module")
def strict(
    redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[services.ChatServer]:
    """A chat that two pages may embed, one of which is the demo's shop."""
    place = redis_server.database(), f"sqlite:///{tmp_path_factory.mktemp('strict')}/chat.db"
    environ = {"ALLOWED_ORIGINS": f"{NAMED}, {DEMO_SHOP}/", "DEMO_SHOP_URL": DEMO_SHOP}
    with services.closing(services.ChatServer(*place, **environ)) as chat:
        yield chat


def test_the_popup_may_be_framed_by_the_allowed_origins_only(
    strict: services.ChatServer, server: services.ChatServer
) -> None:
    answer = requests.get(f"{strict.url}/popup", timeout=30)
    assert _policy(answer)["frame-ancestors"] == ["'self'", NAMED, DEMO_SHOP]
    assert f'data-allowed-origins="{NAMED} {DEMO_SHOP}"' in answer.text
    assert _policy(requests.get(f"{server.url}/popup", timeout=30))["frame-ancestors"] == ["'self'", "*"]
    assert _policy(requests.get(f"{server.url}/inbox", timeout=30))["frame-ancestors"] == ["'none'"]

    def failure(**headers: str) -> requests.Response:
        return requests.get(f"{strict.url}/widget.js?failure", headers=headers, timeout=30)

    # What tells a page why it has no popup knows of an origin that is not allowed.
    for refused in ({"Referer": "https://a.test/x"}, {"Origin": "https://a.test", "Referer": NAMED}):
        assert failure(**refused).text.startswith("const refused=true;")
    for other in ({}, {"Referer": f"{NAMED}/jugs"}, {"Referer": strict.url}, {"Referer": "about:blank"}):
        assert failure(**other).text.startswith("const refused=false;")
    assert failure().headers["Cache-Control"] == "no-store"
    assert failure().headers["Access-Control-Allow-Origin"] == "*"


def test_no_page_has_a_script_of_its_own_and_its_policy_allows_none(
    server: services.ChatServer, agent: api.Person, visitor: api.Person
) -> None:
    visitor.send("hello")
    pages = [requests.get(f"{server.url}{path}", timeout=30) for path in ("/popup", "/inbox")]
    for answer in [*pages, agent.get("/inbox"), agent.get(f"/inbox/{visitor.conversation}")]:
        page, policy = _Page(answer.text), _policy(answer)
        assert page.inline_scripts == []
        assert not [name for _, found in page.elements for name in found if name.startswith("on")]
        assert policy["script-src"] == ["'self'"]
        assert policy["default-src"] == ["'none'"]
        assert policy["base-uri"] == ["'none'"]
        assert not [rule for rule in policy.values() if "'unsafe-inline'" in rule or "'unsafe-eval'" in rule]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert [path for path in page.files() if not path.startswith(("/static/", "data:", "/inbox/manifest."))] == []


def test_what_the_tag_says_of_looks_is_taken_only_if_it_makes_sense(server: services.ChatServer) -> None:
    def popup(**query: str) -> str:
        return requests.get(f"{server.url}/popup", params=query, timeout=30).text

    assert "--accent: #11aa33;" in popup(color="#1a3")
    for wrong in ("red", "#12", "#0b5fff;}*{display:none", "</style><script>", "\x00"):
        assert "--accent: #0b5fff;" in popup(color=wrong)
    assert 'data-theme="dark"' in popup(theme="dark")
    assert 'data-theme="auto"' in popup(theme='"><script>alert(1)</script>')
    assert 'data-locale="pt-BR"' in popup(locale="pt-BR")
    assert 'data-locale=""' in popup(locale='x"y')
    assert "<script>alert" not in popup(name="<script>alert(1)</script>", greeting="<script>alert(1)</script>")
    assert "x" * 101 not in popup(name="x" * 5000)


def test_the_demo_leads_to_the_shop_on_its_own_origin_or_says_how_to_get_one(
    strict: services.ChatServer, server: services.ChatServer
) -> None:
    missing = api.Person(server.url).get("/demo")
    assert missing.status_code == 404
    assert "make demo" in missing.json()["reason"]
    answer = api.Person(strict.url).get("/demo")
    assert (answer.status_code, answer.headers["Location"]) == (302, DEMO_SHOP)


FRAMED = {"Sec-Fetch-Dest": "iframe"}


@pytest.mark.parametrize(
    ("headers", "honoured"),
    [
        (FRAMED, True),
        ({"Sec-Fetch-Dest": "document", "Referer": f"{NAMED}/x"}, True),
        ({"Sec-Fetch-Dest": "document", "Referer": "https://evil.example/"}, False),
        ({"Sec-Fetch-Dest": "document"}, False),
        ({}, False),
    ],
)
def test_only_an_allowed_page_decides_what_the_team_is_called_and_says(
    headers: dict[str, str], honoured: bool, strict: services.ChatServer
) -> None:
    asked = {"name": "Your Bank", "greeting": "Tell us your PIN"}
    page = requests.get(f"{strict.url}/popup", params=asked, headers=headers, timeout=30).text
    assert ("Your Bank" in page, "Tell us your PIN" in page) == (honoured, honoured)


def test_where_browsers_come_by_https_they_are_told_to_come_by_nothing_else() -> None:
    for environ, sent in (({"PUBLIC_URL": "https://chat.example.com"}, True), ({}, False)):
        answer = create_app(settings.from_environ(environ)).test_client().get("/healthz")
        assert ("Strict-Transport-Security" in answer.headers) == sent, environ


def test_a_strangers_host_header_is_in_no_link(
    own_redis: services.RedisServer, tmp_path: Path, own_server: services.ChatServer
) -> None:
    def link(server: services.ChatServer, host: str) -> str:
        person = api.visitor(server.url)
        made = person.post(f"/w/groups/{person.conversation}/invites", headers={"Host": host})
        return str(made.json()["url"])

    assert link(own_server, f"127.0.0.1:{own_server.port}").startswith(own_server.url)
    assert "PUBLIC_URL" not in own_server.printed()
    for _ in range(2):
        assert link(own_server, "evil.example").startswith(own_server.url)
    assert own_server.printed().count("set PUBLIC_URL") == 1
    url = f"sqlite:///{tmp_path}/told.db"
    with services.closing(services.ChatServer(own_redis.url, url, ALLOWED_HOSTS="chat.example.com")) as told:
        assert link(told, "chat.example.com").startswith("http://chat.example.com/join/")
        assert link(told, "evil.example").startswith(told.url)


def test_who_a_visitor_is_can_be_seen_where_there_is_no_room_beside_the_conversation(
    server: services.ChatServer, agent: api.Person
) -> None:
    ada = api.visitor(server.url, name="Ada", email="ada@example.com")
    ada.send("hello")
    sheet = agent.get(f"/inbox/{ada.conversation}/visitor", headers={"Accept": "text/html"})
    assert sheet.status_code == 200, sheet.text
    assert "ada@example.com" in sheet.text
    assert ada.get(f"/inbox/{ada.conversation}/visitor").status_code == 403


def test_an_unknown_address_answers_with_a_page_in_the_product_s_look(
    server: services.ChatServer, agent: api.Person
) -> None:
    page = {"Accept": "text/html"}
    start = api.Person(server.url).get("/", headers=page)
    assert (start.status_code, 'href="/inbox"' in start.text, 'href="/popup"' in start.text) == (200, True, True)
    for path, reason, way in (
        ("/nothing", "There is nothing at this address.", "/"),
        (f"/inbox/{'0' * 16}", "There is no such conversation.", "/inbox"),
        ("/inbox/settings/nothing", "There are no such settings.", "/inbox"),
    ):
        answer = agent.get(path, headers=page)
        found = _Page(answer.text)
        assert answer.status_code == 404
        assert reason in answer.text
        assert ("a", way) in [(tag, it.get("href")) for tag, it in found.elements if tag == "a"], path
        fragment = agent.get(path, headers=page | {"HX-Request": "true"})
        assert fragment.text.startswith('<p class="refusal"'), path  # within a page, a part of one
