"""How the chat looks, as the owner sets it: on the popup's page, in the loader, in what visitors are told."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests import api, services
from tests.web import team_setup
from tests.web.session_requests import session

pytestmark = pytest.mark.any_database


@pytest.fixture
def owner(server: services.ChatServer) -> api.Person:
    return team_setup.agent(server, "Olga", role="owner")


def test_what_the_owner_sets_is_on_the_popups_page_in_the_loader_and_on_the_stream_at_once(
    server: services.ChatServer, owner: api.Person, visitor: api.Person
) -> None:
    stream = visitor.listen()
    picture = io.BytesIO()
    Image.new("RGB", (900, 600), "#c0ffee").save(picture, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    kept = owner.post("/inbox/settings/appearance/picture", files={"file": ("us.jpg", picture.getvalue())}).json()
    path = kept["appearance"]["picture"]
    change = {"name": "Mill & Race", "color": "#FFE066", "theme": "dark", "position": "left", "greeting": "Ahoy </p>!"}
    change |= {"launcher_icon": "mail", "launcher_label": "Write </script>"}
    changed = owner.request("PATCH", "/inbox/settings/appearance", json=change)
    assert changed.status_code == 200, changed.text
    try:
        assert changed.json()["contrast"] == {"color": "#ffe066", "words": "#000000", "ratio": 16.1, "edges": ["light"]}
        told = [stream.next("appearance").data for _change in range(2)][-1]
        assert (told["name"], told["color"], told["picture"]) == ("Mill & Race", "#ffe066", path)
        page = api.Person(server.url).get("/popup", headers={"Accept": "text/html"}).text
        assert "<h1>Mill &amp; Race</h1>" in page
        assert "--accent: #ffe066" in page
        assert 'data-theme="dark"' in page
        assert "Ahoy &lt;/p&gt;!" in page
        loader = api.Person(server.url).get("/widget.js").text
        assert '...{"color":"#ffe066","position":"left","icon":"m22' in loader
        assert r'"label":"Write \u003c/script>"' in loader
        team = visitor.conversations()[0]["members"]
        assert "Mill & Race" in [it["name"] for it in team]
        assert session(api.Person(server.url), name="Мill + Rасе")["user"]["name"] == "Мill + Rасе (visitor)"
        small = api.Person(server.url).get(path)
        assert small.headers["Content-Type"] == "image/webp"
        assert Image.open(io.BytesIO(small.content)).size == (560, 374)
        assert "immutable" in small.headers["Cache-Control"]
        wrongs = [{"color": "red"}, {"name": " "}, {"theme": "blue"}, {"launcher_icon": "x"}, {"greeting": "x" * 501}]
        for wrong in wrongs:
            assert owner.request("PATCH", "/inbox/settings/appearance", json=wrong).status_code in (413, 422), wrong
        file = {"file": ("us.jpg", b"no picture")}
        assert owner.post("/inbox/settings/appearance/picture", files=file).status_code == 422
        done = owner.get("/inbox/settings/appearance/check", params={"url": "ftp://x"}).json()
        assert done["problems"] == ["ftp://x is not the address of a page; it should start with https://."]
    finally:
        default = {"name": "Support", "color": "", "theme": "auto", "position": "right", "greeting": ""}
        default |= {"launcher_icon": "chat", "launcher_label": ""}
        owner.request("PATCH", "/inbox/settings/appearance", json=default)
        assert owner.request("DELETE", "/inbox/settings/appearance/picture").json()["appearance"]["picture"] == ""
    assert "...{}," in api.Person(server.url).get("/widget.js").text
