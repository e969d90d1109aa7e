"""A session goes on in a window of its own: by a ticket that is good once, in one browser, for a minute."""

from __future__ import annotations

import pytest
import redis

from tests import api, services

pytestmark = pytest.mark.any_database


def test_a_ticket_is_good_once_in_the_browser_that_asked_for_it_and_says_nothing_to_whoever_reads_redis(
    server: services.ChatServer, ada: api.Person
) -> None:
    token = ada.headers["Authorization"].removeprefix("Bearer ")
    here, elsewhere = {"User-Agent": "Firefox"}, {"User-Agent": "Chrome"}
    nobody = api.Person(server.url)

    def ticket(page: object) -> str:
        answer = ada.post("/w/popouts", json={"page": page}, headers=here)
        assert answer.status_code == 201, answer.text
        return f"/w/popouts/{answer.json()['ticket']}"

    first, second = ticket("https://shop.test/jugs"), ticket("javascript:alert(1)")
    with redis.Redis.from_url(server.environ["REDIS_URL"]) as client:
        kept = {key: client.get(key) for key in client.scan_iter("chat:popout:*")}
        assert all(0 < client.ttl(key) <= 60 for key in kept)
    assert len(kept) == 2
    everything = b" ".join(key + (value or b"") for key, value in kept.items()).decode()
    assert not any(secret in everything for secret in (token, first[11:], second[11:]))
    foreign = nobody.post(first, headers=here | {"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    found = nobody.post(first, headers=here)
    assert found.json() == {"token": token, "page": "https://shop.test/jugs"}
    for path, browser in ((first, here), (second, elsewhere), (second, here), ("/w/popouts/ü", here)):
        refused = nobody.post(path, headers=browser)
        assert (refused.status_code, refused.json()["error"]) == (410, "expired"), path
    assert ticket("x" * 3000)
    assert nobody.post("/w/popouts", json={}).status_code == 401
