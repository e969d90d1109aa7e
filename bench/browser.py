"""What the popup costs in a browser, on a foreign page and on a processor that is four times slower."""

from __future__ import annotations

import gzip
import time
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench import processes
from tests import api, services
from tests.browser.conftest import FLAGS
from tests.browser.people import FOCUS_SCRIPT, Tab
from tests.browser.sites import Shop

# The popup in the page's own process, so that it is slowed down and measured together with it.
ONE_PROCESS = [*FLAGS, "--disable-site-isolation-trials"]

SLOWER = 4
CLICKS = 5
"""How often the popup is opened, on a fresh page each time; the median counts."""
MESSAGES = 1000
IDLE = 10
"""Seconds for which the popup is watched doing nothing."""

KIB = 1024


def weight(server: services.ChatServer) -> dict[str, Any]:
    """What is loaded, each file by itself under gzip -9: the loader, and the popup until it can be written in."""
    fetched: dict[str, bytes] = {}
    with sync_playwright() as playwright, services.closing(Shop(server.url)) as shop:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page()

        def keep(response: Any) -> None:
            if response.url.startswith(server.url) and "/w/" not in response.url:
                fetched[response.url] = response.body()

        page.on("requestfinished", lambda request: keep(request.response()))
        tab = Tab(page, shop.url).open()
        tab.composer.fill("ready")
        browser.close()
    sizes = {url: len(gzip.compress(body, 9)) for url, body in fetched.items()}
    loader = sum(size for url, size in sizes.items() if url.endswith("/widget.js"))
    htmx = sum(size for url, size in sizes.items() if "/vendor/" in url)
    return {
        "loader_kib": loader / KIB,
        "popup_kib": (sum(sizes.values()) - loader) / KIB,
        "of_it_htmx_kib": htmx / KIB,
        "requests": len(sizes) - 1,
    }


def figures(server: services.ChatServer) -> dict[str, Any]:
    """Its weight; the time from the click to a composer that can be written in; memory; what it does when idle."""
    processes.pin(processes.SERVERS | processes.LOAD)  # it has a machine of its own, and more than one processor
    found = weight(server)
    with sync_playwright() as playwright, services.closing(Shop(server.url)) as shop:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ONE_PROCESS)
        clicks: dict[bool, list[float]] = {True: [], False: []}
        for cold in [True, False] * CLICKS:  # with the mouse at last, and that page is used further
            tab, devtools = _slowed_down(browser, shop)
            clicks[cold].append(_click_to_composer(tab, cold))
            if len(clicks[False]) < CLICKS:
                tab.page.context.close()
        found["click_to_composer_cold_ms"] = median(clicks[True])
        found["click_to_composer_ms"] = median(clicks[False])
        page = tab.page
        tab.connected()
        found["first_paint_ms"] = _first_paint(page)
        tab.send("hello")
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})  # how quickly they come in is not asked for
        _fill(server)
        tab.message(f"message {MESSAGES - 1}").wait_for(timeout=120_000)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        found["memory_mib_after_1000"] = _memory(devtools)
        page.get_by_role("heading").first.click()  # away from the composer, whose caret blinks
        time.sleep(IDLE)
        found["idle_percent"] = _idle(devtools)
        browser.close()
    return found


def _slowed_down(browser: Browser, shop: Shop) -> tuple[Tab, CDPSession]:
    """A page of the shop in a fresh profile, and what slows it down and measures it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(FOCUS_SCRIPT)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return Tab(page, shop.url), devtools


def _click_to_composer(tab: Tab, cold: bool) -> float:
    """With the mouse, which comes near the bubble first; or cold, by script, so that nothing could get ready before."""
    tab.launcher.wait_for()
    began = time.monotonic()
    if cold:
        tab.launcher.dispatch_event("click")
    else:
        tab.launcher.click()
    tab.popup.locator("[data-testid=composer]:not([readonly])").wait_for()
    return 1000 * (time.monotonic() - began)


def _first_paint(page: Page) -> float:
    script = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
    frame = next(frame for frame in page.frames if "/popup" in frame.url)
    return float(frame.evaluate(script))


def _fill(server: services.ChatServer) -> None:
    agent = api.agent(server)
    conversation = agent.conversation
    for number in range(MESSAGES):
        agent.send(f"message {number}", conversation)


def _memory(devtools: CDPSession) -> float:
    devtools.send("HeapProfiler.collectGarbage")
    return float(devtools.send("Runtime.getHeapUsage")["usedSize"]) / KIB / KIB


def _idle(devtools: CDPSession) -> float:
    """The part of the time in which the page's thread worked, in percent."""
    devtools.send("Performance.enable")

    def worked() -> float:
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        return float(next(it["value"] for it in metrics if it["name"] == "TaskDuration"))

    before = worked()
    time.sleep(IDLE)
    return 100 * (worked() - before) / IDLE
