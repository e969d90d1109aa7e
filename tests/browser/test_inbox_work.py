"""The inbox as a team works in it: views, taking, notes, canned answers, snoozing, colleagues, keys."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests import api, services
from tests.browser.people import Inbox, Visitor


def view(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid=view][data-view="{name}"]')


def rows(page: Page) -> Locator:
    return page.get_by_test_id("inbox-item")


def test_an_agent_takes_notes_labels_snoozes_and_resolves_and_can_take_it_back(visitor: Visitor, inbox: Inbox) -> None:
    tab = visitor.tab().open()
    tab.send("my teapot is broken")
    tab.shows("my teapot is broken")
    inbox.open(tab)
    page = inbox.page
    expect(page.get_by_test_id("assignee")).to_have_text("Nobody")
    page.get_by_test_id("assign").click()
    expect(page.get_by_test_id("assign")).to_have_count(0)
    expect(page.get_by_test_id("assignee")).not_to_have_text("Nobody")

    page.get_by_test_id("note").click()
    with page.expect_request("**/typing") as typing:  # which the visitor is not shown either
        inbox.send("be generous with this one")
    assert typing.value.post_data_json == {"private": True}
    note = inbox.message("be generous with this one")
    expect(note).to_have_attribute("data-private", "")
    expect(note.locator(".note-label")).to_have_text("Note")
    expect(page.get_by_test_id("note")).to_have_attribute("aria-pressed", "false")
    inbox.send("we send you a new one")
    tab.shows("my teapot is broken", "we send you a new one")
    expect(tab.document.get_by_text("be generous")).to_have_count(0)

    page.get_by_test_id("label").click()
    page.get_by_label("New label").fill("broken")
    page.get_by_label("New label").press("Enter")
    expect(page.locator(".work .label")).to_have_text("broken")
    page.get_by_test_id("resolve").click()
    expect(page.get_by_test_id("reopen")).to_be_visible()
    page.locator("#toast button").click()
    expect(page.get_by_test_id("resolve")).to_be_visible()
    page.get_by_test_id("snooze").click()
    page.get_by_role("button", name="Until the visitor writes").click()
    expect(page.locator(".work-state")).to_have_text("Snoozed")
    tab.send("thank you!")
    expect(page.get_by_test_id("resolve")).to_be_visible()


PLACE_LATE = """async (row) => {
  const list = performance.getEntriesByType("resource").find((it) => it.name.endsWith("/inbox/list.js"));
  await (await import(list.name)).placeEntry(row);
}"""


def test_views_have_addresses_and_counts_and_rows_come_and_go_as_they_belong(
    chat: services.ChatServer, visitor: Visitor, inbox: Inbox
) -> None:
    tab = visitor.tab().open()
    tab.send("do you ship to Norway?")
    tab.shows("do you ship to Norway?")
    page = inbox.page
    page.goto(f"{chat.url}/inbox?view=unassigned")
    row = rows(page).filter(has_text="do you ship to Norway?")
    expect(row).to_have_count(1)
    expect(view(page, "unassigned")).to_have_attribute("aria-current", "page")
    expect(view(page, "waiting").locator(".view-count")).to_have_text(re.compile(r"\d+"))
    before = row.evaluate("(it) => it.outerHTML")
    place = row.element_handle()
    row.locator("a").click()
    page.wait_for_function("(it) => !it.isConnected", arg=place)  # read now: it is put in its place once more
    expect(row.locator("a")).to_have_attribute("aria-current", "")
    inbox.send("we do")
    page.mouse.move(900, 10)  # while the pointer moves over the list, its rows stay
    expect(row).to_have_count(0)
    page.evaluate(PLACE_LATE, before)  # an older picture of it that comes late does not bring it back
    expect(row).to_have_count(0)
    page.goto(f"{chat.url}/inbox?view=mine")
    expect(rows(page).filter(has_text="we do")).to_have_count(1)
    page.get_by_test_id("filter").fill("has:file")
    expect(rows(page).filter(has_text="we do")).to_have_count(0)


def test_rows_have_the_news_that_come_in_brief_whatever_comes_late_or_was_never_on_the_page(
    chat: services.ChatServer, visitor: Visitor, inbox: Inbox
) -> None:
    colleague = api.agent(chat)
    tab = visitor.tab().open()
    page = inbox.page
    page.goto(f"{chat.url}/inbox?view=waiting")
    inbox.connected()
    tab.send("is it waterproof?")
    row = rows(page).filter(has_text="is it waterproof?")
    expect(row).to_have_count(1)
    where, revision = (row.get_attribute(f"data-{name}") for name in ("conversation", "revision"))
    before = row.evaluate("(it) => it.outerHTML")
    row = page.locator(f"#e-{where}")
    tab.send("and warm?")
    expect(row.locator(".entry-last")).to_have_text("and warm?")
    expect(row.get_by_test_id("unread")).to_have_text("2")
    assert row.get_attribute("data-revision") == revision  # it was not sent anew
    # What changed before that arrives after it: it shows, and the news stay.
    late = before.replace(f'data-revision="{revision}"', f'data-revision="{revision}.5" data-with="late"')
    page.evaluate(PLACE_LATE, late)
    expect(row).to_have_attribute("data-with", "late")
    expect(row.locator(".entry-last")).to_have_text("and warm?")
    expect(row.get_by_test_id("unread")).to_have_attribute("aria-label", "2 unread")
    row.evaluate("(it) => it.remove()")
    tab.send("or both?")
    expect(row.locator(".entry-last")).to_have_text("or both?")
    assert where is not None
    colleague.send("neither", where)
    expect(row).to_have_count(0)
    page.goto(f"{chat.url}/inbox?view=open")
    inbox.connected()
    colleague.send("but cheap", where)
    expect(row.locator(".entry-last")).to_have_text(re.compile(".+: but cheap"))


def test_canned_answers_open_with_a_slash_and_know_whom_they_speak_to(
    chat: services.ChatServer, visitor: Visitor, inbox: Inbox
) -> None:
    text = "Dear {{visitor.name}}, “{{page.title}}”."
    api.agent(chat).request("POST", "/w/canned", json={"short": "shipping", "text": text})
    tab = visitor.tab().open()
    tab.send("how long does it take?")
    tab.shows("how long does it take?")
    inbox.open(tab)
    expect(inbox.page.get_by_test_id("visitor-page")).to_contain_text("Stoneware")
    reply = inbox.page.get_by_test_id("reply")
    reply.press_sequentially("/shipp")
    expect(inbox.page.get_by_test_id("canned").get_by_role("option")).to_have_count(1)
    reply.press("Enter")
    expect(reply).to_have_value(re.compile(r"^Dear .+, “Stoneware for every day · Millrace Pottery”\.$"))
    reply.press("Enter")
    expect(tab.messages.last).to_contain_text("Stoneware for every day")
    # A page that became another one without being loaded is told when the visitor comes back to the chat.
    tab.page.evaluate("() => { document.title = 'Jugs'; history.pushState(null, '', '/jugs'); }")
    tab.page.get_by_role("heading").first.click()
    tab.composer.focus()
    expect(inbox.page.get_by_test_id("visitor-page")).to_contain_text("Jugs")


def test_single_letters_work_in_the_list_only_and_the_palette_finds_people(visitor: Visitor, inbox: Inbox) -> None:
    tab = visitor.tab().open()
    tab.send("a question for the keys")
    tab.shows("a question for the keys")
    inbox.open(tab)
    page = inbox.page
    page.get_by_test_id("reply").press_sequentially("ea")
    expect(page.get_by_test_id("resolve")).to_be_visible()
    expect(page.get_by_test_id("reply")).to_have_value("ea")
    page.get_by_test_id("reply").fill("")
    rows(page).filter(has_text="a question for the keys").locator("a").focus()
    page.keyboard.press("a")
    expect(page.get_by_test_id("assign")).to_have_count(0)
    page.keyboard.press("e")
    expect(page.get_by_test_id("reopen")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_test_id("palette")).to_be_visible()
    page.get_by_test_id("palette").get_by_role("textbox").fill("question for the keys")
    expect(page.locator("#hits mark").first).to_be_visible()


def test_an_agent_merges_two_visitors_and_separates_them_in_every_tab_while_the_visitor_sees_nothing(
    chat: services.ChatServer, visitor: Visitor, inbox: Inbox
) -> None:
    other = api.visitor(chat.url, name="Carla on a phone", email="carla@example.com")
    where = other.send("it is me again").json()["conversation"]
    tab = visitor.tab().open()
    tab.send("where is my order?")
    tab.shows("where is my order?")
    inbox.open(tab)
    page, second = inbox.page, inbox.page.context.new_page()
    second.goto(f"{chat.url}/inbox/{where}")
    info = second.locator("#visitor-panel").get_by_test_id("visitor-info")
    expect(info.get_by_test_id("identity")).to_have_text("All that is known of them is their own word.")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_test_id("merge").click()
    page.locator("#sheet [name=q]").fill("C")
    expect(page.locator("#candidates")).to_contain_text("at least 2 characters")
    page.locator("#sheet [name=q]").fill("Carla on a phone")
    page.get_by_test_id("merge-with").first.click()
    expect(page.get_by_test_id("unmerge")).to_be_visible()
    expect(info.get_by_test_id("merged")).to_have_count(1)
    expect(info.get_by_test_id("earlier").first).to_contain_text("where is my order?")
    page.get_by_test_id("unmerge").click()
    expect(info.get_by_test_id("merged")).to_have_count(0)
    expect(tab.document.get_by_text("Carla")).to_have_count(0)
    expect(tab.messages).to_have_count(1)
    second.set_viewport_size({"width": 390, "height": 844})
    second.goto(f"{chat.url}/inbox")
    second.keyboard.press("Control+k")  # the sheet opens from a phone's list, too
    second.get_by_test_id("palette").get_by_role("textbox").fill("Carla on a phone")
    second.get_by_test_id("people").get_by_role("link").first.click()
    expect(second).to_have_url(re.compile(r"/inbox/[0-9a-f]{16}$"))
    expect(second.get_by_test_id("message").first).to_be_visible()


def test_what_the_team_keeps_about_a_visitor_stands_in_every_tab_and_what_is_being_written_there_stays(
    chat: services.ChatServer, visitor: Visitor, inbox: Inbox
) -> None:
    tab = visitor.tab().open()
    tab.send("where is my order?")
    tab.shows("where is my order?")
    inbox.open(tab)
    page, second = inbox.page, inbox.page.context.new_page()
    second.goto(page.url)
    info, other = (it.locator("#visitor-panel").get_by_test_id("visitor-info") for it in (page, second))
    other.get_by_test_id("person-note-text").fill("half of what")
    tab.page.evaluate("() => ChatPopup.setAttributes({ plan: 'Pro' })")
    for panel in (info, other):
        expect(panel.get_by_test_id("attribute")).to_have_text("plan, as the page says")
    info.get_by_test_id("person-note-text").fill("Pays late\nbut always pays")
    info.get_by_test_id("person-note-save").click()
    expect(info.get_by_test_id("person-note")).to_contain_text("but always pays")
    expect(info.get_by_test_id("person-note-text")).to_have_value("")
    expect(info.get_by_test_id("person-note").locator("time")).not_to_be_empty()
    expect(other.get_by_test_id("person-note")).to_contain_text("but always pays")
    expect(other.get_by_test_id("person-note-text")).to_have_value("half of what")
    other.get_by_text("Change", exact=True).click()
    other.get_by_label("Change this note").get_by_role("textbox").fill("Pays")
    info.get_by_test_id("correct").click()
    info.get_by_label("Name", exact=True).fill("Ottilie Rosenkranz")
    info.get_by_label("E-mail", exact=True).fill("ottilie@example.com")
    info.get_by_test_id("correct-save").click()
    for where in (page, second):
        expect(where.locator("#visitor-panel .visitor-name")).to_have_text("Ottilie Rosenkranz")
        expect(where.get_by_test_id("inbox-item").filter(has_text="Ottilie Rosenkranz")).to_have_count(1)
        expect(where.locator("#head")).to_contain_text("Ottilie Rosenkranz")
        expect(where.locator("#visitor-panel a[href='mailto:ottilie@example.com']")).to_be_visible()
    changing = other.get_by_label("Change this note")
    expect(changing.get_by_role("textbox")).to_have_value("Pays")  # open still, as it was
    changing.get_by_role("button", name="Save").click()
    expect(info.locator(".person-note-body")).to_have_text("Pays")
    changing = other.get_by_text("Change", exact=True)
    changing.click()
    other.get_by_test_id("person-note-remove").click()
    expect(info.get_by_test_id("person-note")).to_have_count(0)
    expect(tab.document.get_by_text("Pays")).to_have_count(0)
    # What was begun about one visitor is not about the next.
    second.get_by_test_id("person-note-text").fill("for Ottilie's eyes")
    api.visitor(chat.url, name="Next One").send("me too")
    second.get_by_test_id("inbox-item").filter(has_text="Next One").first.locator("a").click()
    expect(second.locator("#visitor-panel .visitor-name")).to_have_text("Next One")
    expect(second.get_by_test_id("person-note-text")).to_have_value("")
