"""Whole conversations with agents' apps by the SDK: a test speaks for the SDK's process."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from tests import api, services
from tests.faults.processes import rows
from tests.mesibo.conftest import SdkServer, status_of
from tests.mesibo.fake_rest_api import FakeRestApi
from tests.mesibo.fake_sdk import FakeSdk

AGENT = "ana"
mids = itertools.count(40)


def group_of(fake_sdk: FakeSdk, text: str) -> int:
    """The mesibo group that a text was sent to."""
    services.wait_for(lambda: text in fake_sdk.texts(), f"{text!r} to leave")
    return int(next(command["gid"] for command in fake_sdk.sent if command["text"] == text))


def test_a_conversation_goes_both_ways_with_answers_that_quote(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk, mesibo: FakeRestApi
) -> None:
    vera = api.visitor(by_sdk.url, name="Vera")
    stream = vera.listen()
    vera.send("do you ship to Oslo?")
    gid = group_of(fake_sdk, "do you ship to Oslo?")
    assert mesibo.groups[gid] == {"name": "Vera", "members": {AGENT, "popup"}}
    command = fake_sdk.sent[0]
    assert command["title"] == "Vera"

    fake_sdk.agent_writes("yes, in 4 days", mid=(mid := next(mids)), peer=AGENT, gid=gid, reply_to=command["mid"])
    answer = services.wait_for(lambda: [it.data for it in stream.of("message") if not it.data["mine"]], "the answer")[0]
    assert (answer["body"], answer["quote"]["body"]) == ("yes, in 4 days", "do you ship to Oslo?")
    assert answer["sender"]["name"] == "Support"

    vera.post(
        f"/w/conversations/{vera.conversation}/messages",
        json={"body": "great", "client_id": "5e0c3f5e-0000-4000-8000-000000000001", "reply_to": answer["id"]},
    )
    group_of(fake_sdk, "great")
    assert fake_sdk.sent[-1]["reply_to"] == mid
    assert fake_sdk.texts() == ["do you ship to Oslo?", "great"], "what came from the app must not go back there"


def test_the_same_message_of_an_app_arrives_once_however_often_it_is_sent(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    gid = group_of(fake_sdk, "hello")
    mid = next(mids)
    for _ in range(3):
        fake_sdk.send_event(
            "message", **fake_sdk.memory[-1] | {"incoming": True, "peer": AGENT, "gid": gid, "mid": mid, "text": "hi"}
        )
    fake_sdk.agent_writes("and more", mid=next(mids), peer=AGENT, gid=gid)
    services.wait_for(lambda: vera.history()[-1]["body"] == "and more", "the last message")
    assert [message["body"] for message in vera.history()] == ["hello", "hi", "and more"]


def test_what_the_inbox_answers_is_in_the_app_too_with_the_name_of_who_did(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    vera, agent = api.visitor(by_sdk.url), api.agent(by_sdk, "kim@example.com")
    vera.send("hello")
    gid = group_of(fake_sdk, "hello")
    agent.send("hello from the inbox", vera.conversation)
    assert group_of(fake_sdk, "hello from the inbox") == gid
    assert fake_sdk.sent[-1]["title"] == "Kim (in the inbox)"


def test_an_agent_who_was_given_an_address_speaks_from_there_under_their_name(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk, mesibo: FakeRestApi
) -> None:
    api.agent(by_sdk, "bo@example.com")
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    gid = group_of(fake_sdk, "hello")
    by_sdk.flask("agents", "mesibo", "bo@example.com", "bo-phone")
    vera.send("and?")
    group_of(fake_sdk, "and?")
    assert mesibo.groups[gid]["members"] == {AGENT, "bo-phone", "popup"}, "members are kept in step"
    fake_sdk.agent_writes("from my phone", mid=next(mids), peer="bo-phone", gid=gid)
    services.wait_for(lambda: vera.history()[-1]["body"] == "from my phone", "Bo's message")
    assert vera.history()[-1]["sender"]["name"] == "Bo"


def test_edits_and_deletions_are_told_in_the_app_and_those_of_the_app_are_carried_out(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    vera = api.visitor(by_sdk.url)
    message = vera.send("at nine").json()
    gid = group_of(fake_sdk, "at nine")
    mid = fake_sdk.sent[0]["mid"]
    vera.request("PATCH", f"/w/messages/{message['id']}", json={"body": "at ten"})
    group_of(fake_sdk, "(Edited) at ten")
    assert fake_sdk.sent[-1]["reply_to"] == mid
    vera.request("DELETE", f"/w/messages/{message['id']}")
    group_of(fake_sdk, "(Deleted this message.)")
    assert fake_sdk.sent[-1]["reply_to"] == mid

    fake_sdk.agent_writes("fine", mid=next(mids), peer=AGENT, gid=gid)
    services.wait_for(lambda: vera.history()[-1]["body"] == "fine", "the answer")
    fake_sdk.send_event("update", **fake_sdk.memory[-1] | {"text": "very fine", "incoming": True})
    services.wait_for(lambda: vera.history()[-1]["body"] == "very fine", "the edit")
    assert vera.history()[-1]["edited_at"]
    fake_sdk.send_event("update", **fake_sdk.memory[-1] | {"text": "", "status": 0x21, "incoming": True})
    services.wait_for(lambda: vera.history()[-1]["deleted"], "the deletion")
    assert len(fake_sdk.sent) == 3, "what the app changed must not go back there"


def test_what_is_changed_or_deleted_before_it_leaves_is_sent_once(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    fake_sdk.send_event("status", status=2, address="")  # offline
    services.wait_for(lambda: status_of(by_sdk)["state"] == "offline", "the connection to be offline")
    vera = api.visitor(by_sdk.url)
    first, second = (vera.send(text).json() for text in ("teh", "never mind"))
    vera.request("PATCH", f"/w/messages/{first['id']}", json={"body": "the"})
    vera.request("DELETE", f"/w/messages/{second['id']}")
    vera.send("last")
    services.wait_for(lambda: status_of(by_sdk).get("waiting") == 5, "all that waits to be counted")
    fake_sdk.send_event("status", status=1, address="popup")
    group_of(fake_sdk, "last")
    assert fake_sdk.texts() == ["the", "last"]


def test_receipts_and_typing_go_both_ways(by_sdk: services.ChatServer, fake_sdk: FakeSdk) -> None:
    vera = api.visitor(by_sdk.url)
    stream = vera.listen()
    vera.send("hello")
    gid = group_of(fake_sdk, "hello")
    for number, status in ((2, "delivered"), (3, "read")):
        fake_sdk.send_event("mark", mid=fake_sdk.sent[0]["mid"], status=number, peer=AGENT)
        services.wait_for(lambda status=status: vera.history()[0]["status"] == status, status)  # type: ignore[misc]
    fake_sdk.send_event("presence", peer=AGENT, gid=gid, what="typing")
    fake_sdk.agent_writes("hi", mid=next(mids), peer=AGENT, gid=gid)
    services.wait_for(lambda: vera.history()[-1]["body"] == "hi", "the answer")
    # Whoever is at that address is an agent from their first word on.
    fake_sdk.send_event("presence", peer=AGENT, gid=gid, what="typing")
    assert stream.next("typing").data["user"]["name"] == "Support"

    vera.post(f"/w/conversations/{vera.conversation}/typing")
    assert fake_sdk.wait_for("typing")[0] == {"do": "typing", "gid": gid, "address": ""}
    vera.post(f"/w/conversations/{vera.conversation}/read", json={"upto": 2})
    assert fake_sdk.wait_for("read")[0] == {"do": "read", "gid": gid, "address": ""}


def test_an_agent_whose_app_is_open_makes_the_team_present(by_sdk: services.ChatServer, fake_sdk: FakeSdk) -> None:
    vera = api.visitor(by_sdk.url)
    stream = vera.listen()
    vera.send("hello")
    gid = group_of(fake_sdk, "hello")
    fake_sdk.agent_writes("hi", mid=next(mids), peer=AGENT, gid=gid)
    services.wait_for(lambda: vera.history()[-1]["body"] == "hi", "the answer")
    for what, online in (("online", True), ("offline", False)):
        fake_sdk.send_event("presence", peer=AGENT, gid=0, what=what)
        event = stream.next("presence").data
        assert (event["user"], event["online"]) == ("team", online)


def test_a_stranger_who_writes_to_our_mesibo_user_is_ignored(by_sdk: services.ChatServer, fake_sdk: FakeSdk) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    gid = group_of(fake_sdk, "hello")
    fake_sdk.agent_writes("buy my pills", mid=next(mids), peer="spammer", gid=gid)
    fake_sdk.agent_writes("to nobody", mid=next(mids), peer=AGENT, gid=999)
    fake_sdk.agent_writes("hi", mid=next(mids), peer=AGENT, gid=gid)
    services.wait_for(lambda: len(vera.history()) > 1, "the answer")
    assert [message["body"] for message in vera.history()] == ["hello", "hi"]


def test_a_long_message_of_an_app_comes_in_pieces_without_what_cannot_be_stored(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    fake_sdk.agent_writes("\x00" + "x" * 9000, mid=next(mids), peer=AGENT, gid=group_of(fake_sdk, "hello"))
    services.wait_for(lambda: len(vera.history()) == 3, "both pieces")
    assert [len(message["body"]) for message in vera.history()] == [5, 8000, 1000]


def test_a_group_of_visitors_is_a_mesibo_group_of_its_own(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk, mesibo: FakeRestApi
) -> None:
    vera = api.visitor(by_sdk.url, name="Vera")
    vera.send("just me")
    group = vera.post("/w/groups", json={"title": "Picnic"}).json()["id"]
    vera.send("all of us", group)
    own, common = group_of(fake_sdk, "just me"), group_of(fake_sdk, "all of us")
    assert own != common
    assert mesibo.groups[common]["name"] == "Picnic"
    fake_sdk.agent_writes("to all", mid=next(mids), peer=AGENT, gid=common)
    services.wait_for(lambda: vera.history(group)[-1]["body"] == "to all", "the answer in the group")


def test_a_refusal_marks_the_message_failed_with_the_reason_and_holds_up_nothing(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    vera, agent = api.visitor(by_sdk.url), api.agent(by_sdk)
    fake_sdk.results = [0x88]
    vera.send("blocked")
    vera.send("not blocked")
    group_of(fake_sdk, "not blocked")
    conversation = vera.conversation
    refused = services.wait_for(lambda: [it for it in agent.history(conversation) if it["refused"]], "the reason")
    assert [(it["body"], it["refused"]) for it in refused] == [("blocked", "the recipient has blocked the sender")]
    assert not any(it["refused"] for it in vera.history()), "it is the team's business"
    page = agent.get(f"/w/conversations/{conversation}", headers={"Accept": "text/html"}).text
    assert "Not in the mesibo app: the recipient has blocked the sender" in page
    fake_sdk.send_event("mark", mid=fake_sdk.sent[0]["mid"], status=0x82, peer=AGENT)  # it turns out later
    services.wait_for(
        lambda: agent.history(conversation)[1]["refused"] == "the recipient's inbox is full", "the reason"
    )


def test_a_rate_limit_means_later_and_nothing_is_lost(by_sdk: services.ChatServer, fake_sdk: FakeSdk) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    group_of(fake_sdk, "hello")
    fake_sdk.results = [133]
    vera.send("one")
    vera.send("two")
    group_of(fake_sdk, "two")
    assert fake_sdk.texts() == ["hello", "one", "two"]


def test_a_child_that_dies_is_started_again_and_what_it_accepted_is_not_sent_twice(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("before")
    gid = group_of(fake_sdk, "before")
    starts, fake_sdk.drops_sends = fake_sdk.starts, True
    vera.send("taken")
    taken = fake_sdk.wait_for("send", 2)[1]
    fake_sdk.store(taken)  # it has it, and says nothing: the process dies with the answer
    fake_sdk.drops_sends = False
    fake_sdk.crash()
    vera.send("after")
    group_of(fake_sdk, "after")
    assert fake_sdk.texts() == ["before", "taken", "after"]
    assert fake_sdk.starts == starts + 1
    assert fake_sdk.commands_named("find")[0]["gid"] == gid


def test_a_child_that_dies_before_it_accepted_the_message_gets_it_again_under_the_same_number(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("before")
    group_of(fake_sdk, "before")
    fake_sdk.drops_sends = True
    vera.send("lost on the way")
    lost = fake_sdk.wait_for("send", 2)[1]
    fake_sdk.drops_sends = False
    fake_sdk.crash()
    group_of(fake_sdk, "lost on the way")
    assert fake_sdk.sent[-1]["mid"] == lost["mid"]
    url = by_sdk.environ["DATABASE_URL"]
    services.wait_for(
        lambda: rows(url, f"SELECT state FROM mesibo_outbox WHERE mid = {lost['mid']}") == [("sent",)], "a note"
    )


def test_what_came_while_nobody_was_connected_is_found_in_the_history_of_the_sdk(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    vera = api.visitor(by_sdk.url)
    vera.send("hello")
    gid = group_of(fake_sdk, "hello")
    by_sdk.stop()
    fake_sdk.agent_writes("you were away", mid=next(mids), peer=AGENT, gid=gid)
    old = fake_sdk.memory[-1] | {
        "mid": next(mids),
        "text": "of last week",
        "at": (fake_sdk.memory[-1]["at"] - 6 * 86_400_000) % 2**32,
    }
    fake_sdk.memory.append(old)
    by_sdk.start()
    services.wait_for(lambda: vera.history()[-1]["body"] == "you were away", "the message")
    assert [message["body"] for message in vera.history()] == ["hello", "you were away"]


def test_the_state_of_the_connection_reaches_every_tab_and_the_team_learns_why(
    by_sdk: services.ChatServer, fake_sdk: FakeSdk
) -> None:
    vera, agent = api.visitor(by_sdk.url), api.agent(by_sdk)
    tab, inbox = vera.listen(), agent.listen()
    fake_sdk.send_event("status", status=7, address="")
    # That it is online may still be on its way when they begin to listen.
    assert tab.next("mesibo-status", about="offline").data == {"name": "sdk", "state": "offline"}
    event = services.wait_for(
        lambda: [it.data for it in inbox.of("mesibo-status") if "reason" in it.data], "the reason"
    )[-1]
    assert (event["state"], event["reason"]) == ("offline", "mesibo cannot be reached.")
    status = by_sdk.flask("link", "status")
    assert re.search(r"^state: offline\nreason: mesibo cannot be reached\.$", status, re.MULTILINE)
    page = agent.get("/inbox").text
    assert "mesibo is not connected" in page
    assert "mesibo cannot be reached." in page
    fake_sdk.send_event("status", status=1, address="popup")
    assert tab.next("mesibo-status").data["state"] == "online"


def test_without_an_app_token_all_goes_to_one_user_at_mesibos_pace_and_answers_find_their_way(
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
        services.closing(FakeSdk()) as fake_sdk,
        services.closing(SdkServer(*place, MESIBO_ACCESS_TOKEN=fake_sdk.token, **settings)) as chat,
    ):
        vera, walt = api.visitor(chat.url, name="Vera"), api.visitor(chat.url, name="Walt")
        vera.send("from Vera")
        walt.send("from Walt")
        vera.send("one more")
        vera.send("and another")
        services.wait_for(lambda: len(fake_sdk.sent) == 2 and status_of(chat).get("waiting") == 2, "two to wait")
        assert vera.history()[-1]["status"] == "sent", "it waits, and has not failed"
        services.wait_for(lambda: len(fake_sdk.sent) == 4, "all to leave")
        assert [(command["address"], command["title"], command["text"]) for command in fake_sdk.sent] == [
            ("me", "Vera", "from Vera"),
            ("me", "Walt", "from Walt"),
            ("me", "Vera", "one more"),
            ("me", "Vera", "and another"),
        ]
        fake_sdk.agent_writes("to Walt", mid=next(mids), peer="me", reply_to=fake_sdk.sent[1]["mid"])
        fake_sdk.agent_writes("to whoever wrote last", mid=next(mids), peer="me")
        services.wait_for(lambda: len(vera.history()) == 4, "the answer to the last")
        assert [message["body"] for message in walt.history()] == ["from Walt", "to Walt"]
        assert vera.history()[-1]["body"] == "to whoever wrote last"
        call = vera.post("/w/calls/mesibo")
        assert (call.status_code, call.json()["reason"]) == (422, "The team cannot be called in a mesibo app here.")
