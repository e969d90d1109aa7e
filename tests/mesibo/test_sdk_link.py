"""Whole conversations with agents' apps by the SDK link: a test speaks for the SDK's process."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from tests import api, services
from tests.faults.processes import rows
from tests.mesibo.conftest import LinkedServer, link_of
from tests.mesibo.fake_rest_api import Mesibo
from tests.mesibo.fake_sdk_cloud import Cloud

AGENT = "ana"
mids = itertools.count(40)


def group_of(cloud: Cloud, text: str) -> int:
    """The mesibo group that a text was said in."""
    services.wait_for(lambda: text in cloud.texts(), f"{text!r} to leave")
    return int(next(asked["gid"] for asked in cloud.sent if asked["text"] == text))


def test_a_conversation_goes_both_ways_with_answers_that_quote(
    by_sdk: services.ChatServer, cloud: Cloud, mesibo: Mesibo
) -> None:
    vera = api.visitor(by_sdk.url, name="Vera")
    stream = vera.listen()
    vera.send("do you ship to Oslo?")
    gid = group_of(cloud, "do you ship to Oslo?")
    assert mesibo.groups[gid] == {"name": "Vera", "members": {AGENT, "popup"}}
    asked = cloud.sent[0]
    assert asked["title"] == "Vera"

    cloud.hears("yes, in 4 days", mid=(mid := next(mids)), peer=AGENT, gid=gid, reply_to=asked["mid"])
    answer = services.wait_for(lambda: [it.data for it in stream.of("message") if not it.data["mine"]], "the answer")[0]
    assert (answer["body"], answer["quote"]["body"]) == ("yes, in 4 days", "do you ship to Oslo?")
    assert answer["sender"]["name"] == "Support"

    vera.post(
        f"/w/conversations/{vera.conversation}/messages",
        json={"body": "great", "client_id": "5e0c3f5e-0000-4000-8000-000000000001", "reply_to": answer["id"]},
    )
    group_of(cloud, "great")
    assert cloud.sent[-1]["reply_to"] == mid
    assert cloud.texts() == ["do you ship to Oslo?", "great"], "what came from the app must not go back there"


def test_the_same_message_of_an_app_comes_in_once_however_often_it_is_told(
    by_sdk: services.ChatServer, cloud: Cloud
) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    gid = group_of(cloud, "hello")
    mid = next(mids)
    for _ in range(3):
        cloud.tell(
            "message", **cloud.memory[-1] | {"incoming": True, "peer": AGENT, "gid": gid, "mid": mid, "text": "hi"}
        )
    cloud.hears("and more", mid=next(mids), peer=AGENT, gid=gid)
    services.wait_for(lambda: vera.history()[-1]["body"] == "and more", "what was said last")
    assert [message["body"] for message in vera.history()] == ["hello", "hi", "and more"]


def test_what_the_inbox_answers_is_in_the_app_too_with_the_name_of_who_did(
    by_sdk: services.ChatServer, cloud: Cloud
) -> None:
    vera, agent = api.visitor(by_sdk.url), api.agent(by_sdk, "kim@example.com")
    vera.send("hello")
    gid = group_of(cloud, "hello")
    agent.send("hello from the desk", vera.conversation)
    assert group_of(cloud, "hello from the desk") == gid
    assert cloud.sent[-1]["title"] == "Kim (in the inbox)"


def test_an_agent_who_was_given_an_address_speaks_from_there_under_their_name(
    by_sdk: services.ChatServer, cloud: Cloud, mesibo: Mesibo
) -> None:
    api.agent(by_sdk, "bo@example.com")
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    gid = group_of(cloud, "hello")
    by_sdk.flask("agents", "mesibo", "bo@example.com", "bo-phone")
    vera.send("and?")
    group_of(cloud, "and?")
    assert mesibo.groups[gid]["members"] == {AGENT, "bo-phone", "popup"}, "members are kept in step"
    cloud.hears("from my phone", mid=next(mids), peer="bo-phone", gid=gid)
    services.wait_for(lambda: vera.history()[-1]["body"] == "from my phone", "what Bo says")
    assert vera.history()[-1]["sender"]["name"] == "Bo"


def test_edits_and_deletions_are_told_in_the_app_and_those_of_the_app_are_carried_out(
    by_sdk: services.ChatServer, cloud: Cloud
) -> None:
    vera = api.visitor(by_sdk.url)
    said = vera.send("at nine").json()
    gid = group_of(cloud, "at nine")
    mid = cloud.sent[0]["mid"]
    vera.request("PATCH", f"/w/messages/{said['id']}", json={"body": "at ten"})
    group_of(cloud, "(Edited) at ten")
    assert cloud.sent[-1]["reply_to"] == mid
    vera.request("DELETE", f"/w/messages/{said['id']}")
    group_of(cloud, "(Deleted this message.)")
    assert cloud.sent[-1]["reply_to"] == mid

    cloud.hears("fine", mid=next(mids), peer=AGENT, gid=gid)
    services.wait_for(lambda: vera.history()[-1]["body"] == "fine", "the answer")
    cloud.tell("update", **cloud.memory[-1] | {"text": "very fine", "incoming": True})
    services.wait_for(lambda: vera.history()[-1]["body"] == "very fine", "the edit")
    assert vera.history()[-1]["edited_at"]
    cloud.tell("update", **cloud.memory[-1] | {"text": "", "status": 0x21, "incoming": True})
    services.wait_for(lambda: vera.history()[-1]["deleted"], "the deletion")
    assert len(cloud.sent) == 3, "what the app changed must not go back there"


def test_what_is_changed_or_deleted_before_it_leaves_is_told_once(by_sdk: services.ChatServer, cloud: Cloud) -> None:
    cloud.tell("status", status=2, address="")  # offline
    services.wait_for(lambda: link_of(by_sdk)["state"] == "offline", "the link to be offline")
    vera = api.visitor(by_sdk.url)
    first, second = (vera.send(text).json() for text in ("teh", "never mind"))
    vera.request("PATCH", f"/w/messages/{first['id']}", json={"body": "the"})
    vera.request("DELETE", f"/w/messages/{second['id']}")
    vera.send("last")
    services.wait_for(lambda: link_of(by_sdk).get("waiting") == 5, "all that waits to be counted")
    cloud.tell("status", status=1, address="popup")
    group_of(cloud, "last")
    assert cloud.texts() == ["the", "last"]


def test_receipts_and_typing_go_both_ways(by_sdk: services.ChatServer, cloud: Cloud) -> None:
    vera = api.visitor(by_sdk.url)
    stream = vera.listen()
    vera.send("hello")
    gid = group_of(cloud, "hello")
    for number, status in ((2, "delivered"), (3, "read")):
        cloud.tell("mark", mid=cloud.sent[0]["mid"], status=number, peer=AGENT)
        services.wait_for(lambda status=status: vera.history()[0]["status"] == status, status)  # type: ignore[misc]
    cloud.tell("presence", peer=AGENT, gid=gid, what="typing")
    cloud.hears("hi", mid=next(mids), peer=AGENT, gid=gid)
    services.wait_for(lambda: vera.history()[-1]["body"] == "hi", "the answer")
    # Whoever is at that address is an agent from their first word on.
    cloud.tell("presence", peer=AGENT, gid=gid, what="typing")
    assert stream.next("typing").data["user"]["name"] == "Support"

    vera.post(f"/w/conversations/{vera.conversation}/typing")
    assert cloud.wait_for("typing")[0] == {"do": "typing", "gid": gid, "address": ""}
    vera.post(f"/w/conversations/{vera.conversation}/read", json={"upto": 2})
    assert cloud.wait_for("read")[0] == {"do": "read", "gid": gid, "address": ""}


def test_an_agent_whose_app_is_open_makes_the_team_present(by_sdk: services.ChatServer, cloud: Cloud) -> None:
    vera = api.visitor(by_sdk.url)
    stream = vera.listen()
    vera.send("hello")
    gid = group_of(cloud, "hello")
    cloud.hears("hi", mid=next(mids), peer=AGENT, gid=gid)
    services.wait_for(lambda: vera.history()[-1]["body"] == "hi", "the answer")
    for what, online in (("online", True), ("offline", False)):
        cloud.tell("presence", peer=AGENT, gid=0, what=what)
        event = stream.next("presence").data
        assert (event["user"], event["online"]) == ("team", online)


def test_a_stranger_who_writes_to_the_link_is_not_heard(by_sdk: services.ChatServer, cloud: Cloud) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    gid = group_of(cloud, "hello")
    cloud.hears("buy my pills", mid=next(mids), peer="spammer", gid=gid)
    cloud.hears("to nobody", mid=next(mids), peer=AGENT, gid=999)
    cloud.hears("hi", mid=next(mids), peer=AGENT, gid=gid)
    services.wait_for(lambda: len(vera.history()) > 1, "the answer")
    assert [message["body"] for message in vera.history()] == ["hello", "hi"]


def test_a_long_message_of_an_app_comes_in_pieces_without_what_cannot_be_stored(
    by_sdk: services.ChatServer, cloud: Cloud
) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    cloud.hears("\x00" + "x" * 9000, mid=next(mids), peer=AGENT, gid=group_of(cloud, "hello"))
    services.wait_for(lambda: len(vera.history()) == 3, "both pieces")
    assert [len(message["body"]) for message in vera.history()] == [5, 8000, 1000]


def test_a_group_of_visitors_is_a_mesibo_group_of_its_own(
    by_sdk: services.ChatServer, cloud: Cloud, mesibo: Mesibo
) -> None:
    vera = api.visitor(by_sdk.url, name="Vera")
    vera.send("just me")
    group = vera.post("/w/groups", json={"title": "Picnic"}).json()["id"]
    vera.send("all of us", group)
    own, common = group_of(cloud, "just me"), group_of(cloud, "all of us")
    assert own != common
    assert mesibo.groups[common]["name"] == "Picnic"
    cloud.hears("to all", mid=next(mids), peer=AGENT, gid=common)
    services.wait_for(lambda: vera.history(group)[-1]["body"] == "to all", "the answer in the group")


def test_a_refusal_marks_the_message_failed_with_the_reason_and_holds_up_nothing(
    by_sdk: services.ChatServer, cloud: Cloud
) -> None:
    vera, agent = api.visitor(by_sdk.url), api.agent(by_sdk)
    cloud.results = [0x88]
    vera.send("blocked")
    vera.send("not blocked")
    group_of(cloud, "not blocked")
    conversation = vera.conversation
    refused = services.wait_for(lambda: [it for it in agent.history(conversation) if it["refused"]], "the reason")
    assert [(it["body"], it["refused"]) for it in refused] == [("blocked", "the recipient has blocked the sender")]
    assert not any(it["refused"] for it in vera.history()), "it is the team's business"
    page = agent.get(f"/w/conversations/{conversation}", headers={"Accept": "text/html"}).text
    assert "Not in the mesibo app: the recipient has blocked the sender" in page
    cloud.tell("mark", mid=cloud.sent[0]["mid"], status=0x82, peer=AGENT)  # it turns out later
    services.wait_for(
        lambda: agent.history(conversation)[1]["refused"] == "the recipient's inbox is full", "the reason"
    )


def test_a_rate_limit_means_later_and_nothing_is_lost(by_sdk: services.ChatServer, cloud: Cloud) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    group_of(cloud, "hello")
    cloud.results = [133]
    vera.send("one")
    vera.send("two")
    group_of(cloud, "two")
    assert cloud.texts() == ["hello", "one", "two"]


def test_a_child_that_dies_is_started_again_and_what_it_took_is_not_sent_twice(
    by_sdk: services.ChatServer, cloud: Cloud
) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("before")
    gid = group_of(cloud, "before")
    starts, cloud.silent = cloud.starts, True
    vera.send("taken")
    taken = cloud.wait_for("send", 2)[1]
    cloud.keep(taken)  # it has it, and says nothing: the process dies with the answer
    cloud.silent = False
    cloud.crash()
    vera.send("after")
    group_of(cloud, "after")
    assert cloud.texts() == ["before", "taken", "after"]
    assert cloud.starts == starts + 1
    assert cloud.asked("find")[0]["gid"] == gid


def test_a_child_that_dies_before_it_took_the_message_gets_it_again_under_the_same_number(
    by_sdk: services.ChatServer, cloud: Cloud
) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("before")
    group_of(cloud, "before")
    cloud.silent = True
    vera.send("lost on the way")
    lost = cloud.wait_for("send", 2)[1]
    cloud.silent = False
    cloud.crash()
    group_of(cloud, "lost on the way")
    assert cloud.sent[-1]["mid"] == lost["mid"]
    url = by_sdk.environ["DATABASE_URL"]
    services.wait_for(
        lambda: rows(url, f"SELECT state FROM mesibo_outbox WHERE mid = {lost['mid']}") == [("sent",)], "a note"
    )


def test_what_came_while_nobody_held_the_link_is_found_in_its_memory(by_sdk: services.ChatServer, cloud: Cloud) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    gid = group_of(cloud, "hello")
    by_sdk.stop()
    cloud.hears("you were away", mid=next(mids), peer=AGENT, gid=gid)
    old = cloud.memory[-1] | {
        "mid": next(mids),
        "text": "of last week",
        "at": (cloud.memory[-1]["at"] - 6 * 86_400_000) % 2**32,
    }
    cloud.memory.append(old)
    by_sdk.start()
    services.wait_for(lambda: vera.history()[-1]["body"] == "you were away", "what was said meanwhile")
    assert [message["body"] for message in vera.history()] == ["hello", "you were away"]


def test_the_links_state_reaches_every_tab_and_the_team_learns_why(by_sdk: services.ChatServer, cloud: Cloud) -> None:
    vera, agent = api.visitor(by_sdk.url), api.agent(by_sdk)
    tab, desk = vera.listen(), agent.listen()
    cloud.tell("status", status=7, address="")
    assert tab.next("link").data == {"name": "sdk", "state": "offline"}
    told = services.wait_for(lambda: [it.data for it in desk.of("link") if "reason" in it.data], "the reason")[-1]
    assert (told["state"], told["reason"]) == ("offline", "mesibo cannot be reached.")
    status = by_sdk.flask("link", "status")
    assert re.search(r"^state: offline\nreason: mesibo cannot be reached\.$", status, re.MULTILINE)
    page = agent.get("/inbox").text
    assert "mesibo is not connected" in page
    assert "mesibo cannot be reached." in page
    cloud.tell("status", status=1, address="popup")
    assert tab.next("link").data["state"] == "online"


def test_without_an_app_token_all_is_said_to_one_user_at_mesibos_pace_and_answers_find_their_way(
    redis_server: services.RedisServer, tmp_path: Path
) -> None:
    settings = {
        "MESIBO_LINK": "sdk",
        "MESIBO_SINGLE_USER": "1",
        "POPUP_DESTINATION_USER": "me",
        "MESIBO_PACE": "4/2",  # two at once, and one more each second
    }
    place = redis_server.database(), f"sqlite:///{tmp_path}/chat.db"
    with (
        services.closing(Cloud()) as cloud,
        services.closing(LinkedServer(*place, MESIBO_ACCESS_TOKEN=cloud.token, **settings)) as chat,
    ):
        vera, walt = api.visitor(chat.url, name="Vera"), api.visitor(chat.url, name="Walt")
        vera.send("from Vera")
        walt.send("from Walt")
        vera.send("one more")
        vera.send("and another")
        services.wait_for(lambda: len(cloud.sent) == 2 and link_of(chat).get("waiting") == 2, "two to wait")
        assert vera.history()[-1]["status"] == "sent", "it waits, and has not failed"
        services.wait_for(lambda: len(cloud.sent) == 4, "all to leave")
        assert [(asked["address"], asked["title"], asked["text"]) for asked in cloud.sent] == [
            ("me", "Vera", "from Vera"),
            ("me", "Walt", "from Walt"),
            ("me", "Vera", "one more"),
            ("me", "Vera", "and another"),
        ]
        cloud.hears("to Walt", mid=next(mids), peer="me", reply_to=cloud.sent[1]["mid"])
        cloud.hears("to whoever wrote last", mid=next(mids), peer="me")
        services.wait_for(lambda: len(vera.history()) == 4, "the answer to the last")
        assert [message["body"] for message in walt.history()] == ["from Walt", "to Walt"]
        assert vera.history()[-1]["body"] == "to whoever wrote last"
        call = vera.post("/w/calls/mesibo")
        assert (call.status_code, call.json()["reason"]) == (422, "The team cannot be called in a mesibo app here.")
