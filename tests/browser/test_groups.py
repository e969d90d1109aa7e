"""Groups: a link brings others into a conversation, and who is in it changes under everybody's eyes."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Iterable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests import services
from tests.browser.people import ChatPage, Guest, Inbox, PopupWindow, Tab, Visitor

OUT = "You are not in this conversation any more."


@pytest.fixture
def party(visitor: Visitor, guest: Guest, open_inbox: Callable[[], Inbox]) -> Party:
    return Party(visitor, guest, open_inbox)


class Party:
    """A visitor, a guest called Ben and an agent in one group, each with two tabs that show it."""

    def __init__(self, visitor: Visitor, guest: Guest, open_inbox: Callable[[], Inbox]):
        self.name = f"Ben {uuid.uuid4().hex[:6]}"
        first = visitor.tab().open()
        first.send("hello")
        first.shows("hello")
        self.visitor = [first, visitor.tab().connected()]
        self.inboxes = [open_inbox(), open_inbox()]
        for inbox in self.inboxes:
            inbox.open(first)
        self.before = [*self.visitor, *self.inboxes]
        self.link = first.invite()
        self.joined = f"{self.name} joined with an invitation from {first.name}."
        self.invited = guest.follow(self.link)
        self.guest = guest

    def joins(self) -> Party:
        self.invited.join(self.name)
        self.ben: list[PopupWindow] = [self.invited, self.guest.follow(self.link.partition("/join/")[0] + "/popup")]
        self.all: list[ChatPage] = [*self.before, *self.ben]
        all_show(self.all, "hello", self.joined)
        return self


def all_show(chat_pages: Iterable[ChatPage], *texts: str) -> None:
    for chat_page in chat_pages:
        chat_page.shows(*texts)


def all_say(chat_pages: Iterable[ChatPage], members: int) -> None:
    """The header of each tells how many are here."""
    for chat_page in chat_pages:
        expect(chat_page.heading).to_contain_text(f"{members} members")


def do(chat_page: ChatPage, person: str, what: str) -> None:
    """Do something with a member, as an owner."""
    sheet = chat_page.about()
    sheet.get_by_label(f"What to do with {person}").click()
    sheet.get_by_role("button", name=what).click()


def test_a_colleague_who_follows_a_link_is_asked_and_it_becomes_a_group_in_every_tab_at_once(party: Party) -> None:
    owner = party.visitor[0].name
    expect(party.invited.page.get_by_text(f"{owner} invites you to a conversation")).to_be_visible()
    expect(party.invited.messages).to_have_count(0)
    all_show(party.before, "hello")
    party.joins()
    all_say(party.all, 3)
    for inbox in party.inboxes:
        expect(inbox.entry(party.name)).to_be_visible()
        expect(inbox.page.get_by_test_id("visitor-info")).to_contain_text(party.name)


def test_who_joins_is_in_the_group_alone_and_begins_their_own_conversation_when_they_want_to(party: Party) -> None:
    party.joins()
    ben, ana = party.ben[0], party.visitor[0]
    for it in (*party.ben, *party.visitor):
        expect(it.document.get_by_test_id("conversation-list")).not_to_be_visible()
        expect(it.heading.locator(".here:visible")).to_have_count(2)  # the team, and the other
    # It wears the site's colour, as before.
    avatar = ana.document.locator("#head .avatar")
    expect(avatar).to_have_css("background-color", ana.document.get_by_test_id("send").evaluate(ACCENT))
    for it in (ben, ana):
        it.talk_alone()
        expect(it.entries.filter(visible=True)).to_have_count(2)
        it.send("only for the team")
        it.shows("only for the team")
    all_show([*party.inboxes, party.ben[1], party.visitor[1]], "hello", party.joined)
    for number in range(6):
        ana.new_group(f"Group {number}")
    row = ana.document.get_by_test_id("conversation-list")
    assert (row.bounding_box() or {})["height"] < 70
    first = ana.entries.last.get_by_role("link")
    first.focus()  # brings it into view
    expect(first).to_be_in_viewport()
    first.press("Enter")
    expect(ana.heading.get_by_role("heading")).to_contain_text(party.name)


ACCENT = (
    "() => { const it = document.createElement('i'); it.style.color = 'var(--accent)'; document.body.append(it);"
    " return getComputedStyle(it).color; }"
)


def test_all_in_a_group_write_and_see_it_in_every_tab(party: Party) -> None:
    party.joins()
    bodies = ["hello", party.joined]
    for number, chat_page in enumerate(party.all):
        chat_page.send(f"written in tab {number}")
        bodies.append(f"written in tab {number}")
        all_show(party.all, *bodies)
    # Everybody knows who wrote what.
    expect(party.ben[1].message("written in tab 0").locator(".sender")).to_have_text(party.visitor[0].name)
    expect(party.visitor[1].message("written in tab 4").locator(".sender")).to_have_text(party.name)
    for chat_page in party.visitor:
        expect(chat_page.message("written in tab 1")).to_have_attribute("data-mine", "true")
        expect(chat_page.message("written in tab 5")).to_have_attribute("data-mine", "false")


def test_a_group_has_a_name_that_changes_in_every_tab(party: Party) -> None:
    party.joins()
    title = f"Kiln day {uuid.uuid4().hex[:6]}"
    party.visitor[1].rename(title)
    for chat_page in party.all:
        expect(chat_page.heading.get_by_role("heading")).to_have_text(title)
        expect(chat_page.entries.filter(has_text=title)).to_have_count(1)
    all_show(party.all, "hello", party.joined, f"{party.visitor[0].name} named the group “{title}”.")


def test_who_is_removed_keeps_the_messages_and_gets_nothing_more(party: Party) -> None:
    party.joins()
    owner = party.visitor[0].name
    do(party.visitor[0], party.name, "Remove")
    party.visitor[0].close_sheet()
    bodies = ["hello", party.joined, f"{owner} removed {party.name}."]
    all_show(party.all, *bodies)
    all_say(party.before, 2)
    for it in party.ben:
        expect(it.document.get_by_text(OUT)).to_be_visible()
        expect(it.composer).not_to_be_visible()
        expect(it.heading).to_contain_text("You are not in this group any more")
    party.visitor[1].send("now that Ben is gone")
    all_show(party.before, *bodies, "now that Ben is gone")
    all_show(party.ben, *bodies)
    party.ben[0].page.reload()
    party.ben[0].connected()
    all_show(party.ben, *bodies)
    expect(party.ben[0].composer).not_to_be_visible()
    # The link is no way back: it was revoked with whoever came by it.
    again = party.guest.follow(party.link)
    expect(again.page.get_by_text("This invitation has expired or was revoked")).to_be_visible()


def test_who_is_added_again_reads_on_without_doing_anything(party: Party) -> None:
    party.joins()
    do(party.visitor[0], party.name, "Remove")
    party.visitor[0].close_sheet()
    for it in party.ben:
        expect(it.composer).not_to_be_visible()
    # One can add whom one talks with: they write to the team by themselves, in the other tab.
    party.ben[1].talk_alone()
    party.ben[1].send("let me in again")
    party.ben[1].shows("let me in again")
    party.inboxes[0].send("shall we take them back?")
    do_add(party.inboxes[0], party.name)
    expect(party.ben[0].message("shall we take them back?")).to_be_visible()
    expect(party.ben[0].composer).to_be_visible()
    party.ben[1].choose(party.visitor[0].name)
    party.ben[0].send("thank you")
    for chat_page in party.all:
        expect(chat_page.message("thank you")).to_be_visible()
    all_say(party.all, 3)


def do_add(chat_page: ChatPage, person: str) -> None:
    sheet = chat_page.about()
    if isinstance(chat_page, Inbox):  # an agent searches, and is asked once more
        sheet.get_by_label("Add a visitor").fill(person)
        chat_page.page.once("dialog", lambda dialog: dialog.accept())
        sheet.locator("#people-found").get_by_role("button", name=person).first.click()
    else:
        sheet.get_by_label("Add somebody you know").select_option(label=person)
        sheet.get_by_role("button", name="Add", exact=True).click()
    expect(sheet.get_by_test_id("group-members")).to_contain_text(person)
    chat_page.close_sheet()


def test_who_leaves_is_gone_for_all_and_the_sheet_that_is_open_elsewhere_tells(party: Party) -> None:
    party.joins()
    people = party.visitor[1].about().get_by_test_id("group-members").get_by_role("listitem")
    expect(people).to_have_count(3)
    title = party.visitor[1].sheet.get_by_test_id("group-name")
    title.fill("not saved yet")
    found = party.inboxes[0].about().locator("#people-found")
    party.inboxes[0].sheet.get_by_label("Add a visitor").fill("nobody of this name")
    expect(found).not_to_be_empty()
    sheet = party.ben[0].about()
    sheet.get_by_text("Leave the group").click()
    sheet.get_by_role("button", name="Leave", exact=True).click()
    for it in party.ben:
        expect(it.document.get_by_text(OUT)).to_be_visible()
    expect(people).to_have_count(2)
    expect(party.inboxes[0].sheet.get_by_test_id("group-members").get_by_role("listitem")).to_have_count(2)
    expect(title).to_have_value("not saved yet")
    expect(found).not_to_be_empty()
    all_say(party.before, 2)
    all_show(party.all, "hello", party.joined, f"{party.name} left.")


@pytest.mark.parametrize("way", ["double", "slow"])
def test_who_clicks_twice_makes_one_group(visitor: Visitor, way: str) -> None:
    tab = visitor.tab().open()
    tab.send("hello")
    tab.shows("hello")
    sent: list[Route] = []
    tab.page.route("**/w/groups", lambda route: sent.append(route))
    tab.about().get_by_test_id("new-group").click()
    tab.sheet.get_by_test_id("group-name").fill("Only once")
    create = tab.sheet.get_by_role("button", name="Create")
    if way == "double":
        create.dblclick()
    else:
        create.click()
        services.wait_for(lambda: tab.page.title() and sent, "the request")
        create.click()
    services.wait_for(lambda: tab.page.title() and sent, "the request")
    sent[0].continue_()
    expect(tab.document.get_by_role("heading", name="Only once")).to_be_visible()
    tab.send("here I am")
    expect(tab.message("here I am")).to_have_attribute("data-status", re.compile("sent|delivered"))
    assert len(sent) == 1


def test_a_revoked_link_says_so(visitor: Visitor, guest: Guest) -> None:
    tab = visitor.tab().open()
    link = tab.invite()
    sheet = tab.about()
    sheet.get_by_role("button", name="Revoke").click()
    expect(sheet.get_by_test_id("invite-url")).to_have_count(0)
    window = guest.follow(link)
    expect(window.page.get_by_role("alert").filter(has_text="expired or was revoked")).to_be_visible()
    expect(window.page.get_by_role("button", name="Join")).to_have_count(0)
    expect(window.composer).not_to_be_visible()
    window.page.get_by_role("link", name="Go to the chat").click()
    window.connected().send("I had an old link")
    window.shows("I had an old link")


def test_a_sheet_whose_script_comes_late_tells_its_times_all_the_same(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    tab.invite()
    tab.page.reload()
    tab = tab.connected()
    held: list[Route] = []
    comes = threading.Event()
    tab.page.route("**/core/sheet.js", lambda route: route.continue_() if comes.is_set() else held.append(route))
    tab.document.get_by_test_id("about").click()
    until = tab.document.locator("#sheet-body time")
    expect(until).to_have_count(1)
    comes.set()
    held.pop().continue_()
    expect(tab.sheet).to_be_visible()
    expect(until).not_to_be_empty()


def test_the_list_appears_with_the_second_conversation_and_counts_what_is_unread(
    visitor: Visitor, inbox: Inbox
) -> None:
    tabs = [visitor.tab().open(), visitor.tab().connected()]
    tabs[0].send("in the first")
    for tab in tabs:
        tab.shows("in the first")
        expect(tab.document.get_by_test_id("conversation-list")).not_to_be_visible()
    title = f"Glazes {uuid.uuid4().hex[:6]}"
    tabs[0].new_group(title)
    for tab in tabs:
        expect(tab.document.get_by_test_id("conversation-list")).to_be_visible()
        expect(tab.document.get_by_test_id("conversation")).to_have_count(2)
        expect(tab.entry("Millrace Pottery")).to_contain_text("You: in the first")
    tabs[0].send("in the second")
    for tab in tabs:
        expect(tab.entry(title)).to_contain_text("You: in the second")
    tabs[1].choose(title)
    inbox.open(tabs[0])
    inbox.reply("an answer to the first")
    for tab in tabs:
        expect(tab.entry("Millrace Pottery")).to_contain_text("an answer to the first")
        expect(tab.entry("Millrace Pottery").get_by_test_id("unread")).to_have_text("1")
        expect(tab.entries.first).to_contain_text("an answer to the first")
        expect(tab.message("an answer to the first")).to_have_count(0)
    tabs[0].choose("Millrace Pottery")
    for tab in tabs:
        expect(tab.document.get_by_test_id("conversation-list").get_by_test_id("unread")).to_have_count(0)
    inbox.choose(title)
    inbox.shows(f"{tabs[0].name} created the group “{title}”.", "in the second")


def test_two_who_were_strangers_talk_in_a_group_and_not_in_their_own_conversations(
    party: Party, new_context: Callable[..., BrowserContext]
) -> None:
    party.joins()
    ben, ana = party.ben[0], party.visitor[0]
    ben.talk_alone()
    ben.send("only for the team")
    ben.shows("only for the team")
    party.ben[1].send("for all of you")
    all_show([*party.before, party.ben[1]], "hello", party.joined, "for all of you")
    assert ana.message("only for the team").count() == 0
    cara: Tab | PopupWindow = Guest(new_context()).follow(party.link).join("Cara")
    all_say([*party.before, party.ben[1], cara], 4)
    expect(cara.message("for all of you")).to_be_visible()
