"""The first owner comes in with the code of the log; nobody comes in twice."""

from __future__ import annotations

import re

import pytest
import requests

from tests import api, services

pytestmark = pytest.mark.any_database


def test_an_inbox_that_nobody_owns_is_claimed_with_the_code_of_the_log_once(own_server: services.ChatServer) -> None:
    logged = re.compile(r"Nobody owns this inbox yet: claim it at (\S+/inbox) with the code ([A-Z2-9-]{19})")
    address, code = services.wait_for(lambda: logged.search(own_server.printed()), "the code in the log").groups()
    assert own_server.flask("agents", "claim").strip().endswith(f"/inbox with the code {code}")
    assert address.endswith("/inbox")
    somebody, form = api.Person(own_server.url), {"code": code, "email": "Olga@example.com", "name": "Olga"}
    page = somebody.get("/inbox", headers={"Accept": "text/html"})
    assert 'data-testid="claim"' in page.text
    assert code not in page.text
    wrong = somebody.post("/inbox/claim", data=form | {"code": "AAAA-AAAA-AAAA-AAAA"}, headers={"Accept": "text/html"})
    assert wrong.status_code == 403
    assert "This is not the code that stands in the log." in wrong.text
    assert 'value="Olga@example.com"' in wrong.text  # nothing is typed twice
    assert somebody.post("/inbox/claim", json=form | {"email": "nobody"}).status_code == 403
    foreign = somebody.post("/inbox/claim", json=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    claimed = requests.post(f"{own_server.url}/inbox/claim", data=form, allow_redirects=False, timeout=30)
    assert (claimed.status_code, claimed.headers["Location"]) == (303, "/inbox")
    owner = api.Person(own_server.url, {"Cookie": f"chat_inbox={claimed.cookies['chat_inbox']}"})
    me = owner.get("/inbox/settings/people").json()["people"][0]
    assert (me["name"], me["email"], me["role"]) == ("Olga", "olga@example.com", "owner")
    again = somebody.post("/inbox/claim", json=form | {"email": "eve@example.com"})
    assert again.status_code in (409, 429)
    assert 'data-testid="claim"' not in somebody.get("/inbox", headers={"Accept": "text/html"}).text
