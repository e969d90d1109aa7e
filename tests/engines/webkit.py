"""Debian's WebKitGTK in its MiniBrowser, on a screen that nobody sees, driven by selenium."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from widget.devserver import embedded_redis

DRIVER = "/usr/bin/WebKitWebDriver"
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
ANSWER_WITHIN = 60
LOCALE = "en_US.UTF-8"
FIND_FRAME = """return [...document.documentElement.children].map((it) => it.shadowRoot?.querySelector('iframe'))
    .find(Boolean)"""

WRITE = """const [selector, text, enter] = arguments;
    const field = document.querySelector(selector);
    field.value += text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (enter) field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));"""


class Screen:
    """A screen in memory."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            ["/usr/bin/Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
            preexec_fn=embedded_redis.end_with_parent,
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            self.name = f":{told.readline().strip()}"

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)


class WebKit:
    """A browser with a fresh profile."""

    def __init__(self) -> None:
        # Without a real locale its language is "C", which is none.
        subprocess.run(["localedef", "-i", "en_US", "-f", "UTF-8", LOCALE], check=False, capture_output=True)
        self._screen = Screen()
        options = Options()
        options.binary_location = str(next(LIBRARIES.glob("webkit2gtk-4.*/MiniBrowser")))
        options.add_argument("--automation")
        environ = {
            **os.environ,
            "DISPLAY": self._screen.name,
            "LC_ALL": LOCALE,
            "GDK_BACKEND": "x11",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # its sandbox cannot be had in a container
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        self.driver = webdriver.WebKitGTK(options=options, service=Service(DRIVER, env=environ))
        self.driver.set_script_timeout(ANSWER_WITHIN)
        self.driver.set_page_load_timeout(ANSWER_WITHIN)
        self._fresh = True

    def open(self, url: str) -> WebKitPage:
        if not self._fresh:
            self.driver.switch_to.new_window("window")
        self._fresh = False
        self.driver.get(url)
        return WebKitPage(self, self.driver.current_window_handle)

    def set_cookie(self, url: str, name: str, value: str) -> None:
        self.open(f"{url}/healthz")
        self.driver.add_cookie({"name": name, "value": value})

    def stop(self) -> None:
        with contextlib.suppress(WebDriverException):
            self.driver.quit()
        self._screen.stop()


class WebKitPage:
    """A window, and the popup's frame in it."""

    def __init__(self, browser: WebKit, handle: str):
        self._driver = browser.driver
        self._handle = handle

    def _enter(self, framed: bool) -> None:
        self._driver.switch_to.window(self._handle)
        self._driver.switch_to.default_content()
        if framed:
            frame = self._driver.execute_script(FIND_FRAME)
            assert frame, "there is no popup"
            self._driver.switch_to.frame(frame)

    def run(self, function: str, *arguments: Any, framed: bool = False) -> Any:
        """Call a function of JavaScript, in the popup's frame or in the page around."""
        self._enter(framed)
        script = f"""const done = arguments[arguments.length - 1];
            (async () => ({function})(...[...arguments].slice(0, -1)))().then(done, (error) => done(String(error)))"""
        return self._driver.execute_async_script(script, *arguments)

    def type(self, selector: str, text: str, framed: bool = False) -> None:
        """Write a text in a field; a line's end is Enter."""
        self._enter(framed)
        # Not by keys: in a frame of another site nothing takes the focus from its automation.
        self._driver.execute_script(WRITE, selector, text.rstrip("\n"), text.endswith("\n"))

    def attach(self, path: Path, framed: bool = False) -> None:
        """Choose a file."""
        self._enter(framed)
        self._driver.execute_script("document.getElementById('file-input').hidden = false")
        self._driver.find_element(By.ID, "file-input").send_keys(str(path))

    def close(self) -> None:
        self._driver.switch_to.window(self._handle)
        self._driver.close()
        self._driver.switch_to.window(self._driver.window_handles[0])
