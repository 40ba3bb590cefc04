#!/usr/bin/env python3
"""A browser that a test drives: a command as a line of JSON on standard input, its outcome as a line on standard output.

The outcome is {"value": …}, or {"error": "…"} where the page is not as the command wants it. Nothing sleeps: what the page is
to show is waited for, at most `--limit` seconds. `problems` tells what the pages have complained of.

A user's password is the variable BROWSER_PASSWORD.
"""

import argparse
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chromium import chromium  # noqa: E402

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Route, expect  # noqa: E402


class Driver:
    """The commands, each a method of its name; arguments are the command's other fields."""

    def __init__(self, browser: Browser, address: str, user: str, limit: float) -> None:
        self.browser, self.address, self.user, self.limit = browser, address, user, 1000 * limit
        self.complaints: list[str] = []
        self.context: BrowserContext | None = None
        self.page: Page
        self.window()

    def window(self, width: int = 1280, height: int = 900, dark: bool = False, script: bool = True) -> None:
        """Begins anew with an empty page, in a window of this size."""
        if self.context is not None:
            self.context.close()
        self.context = self.browser.new_context(
            http_credentials={"username": self.user, "password": os.environ["BROWSER_PASSWORD"]},
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        self.context.set_default_timeout(self.limit)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._note)

    def _note(self, message) -> None:
        # Of an answer's status the test knows; the browser tells each that is none of 2xx and 3xx.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> int:
        """Goes to a page of the server, or to any address; tells the status code of the answer."""
        response = self.page.goto(path if "://" in path else self.address + path)
        return response.status if response else 0

    def click(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name, exact=True).click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def tick(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def value(self, label: str) -> str:
        return self.page.get_by_label(label, exact=True).input_value()

    def see(self, selector: str, text: str = "") -> str:
        """Waits until an element is there with this text in it, and tells all of its text."""
        return self._waited(self.page.locator(selector), lambda place: expect(place).to_contain_text(text))

    def _waited(self, place: Locator, wait) -> str:
        expect.set_options(timeout=self.limit)
        wait(place)
        return place.first.inner_text()

    def run(self, script: str) -> object:
        """Evaluates an expression in the page."""
        return self.page.evaluate(script)

    def refuse(self, pattern: str) -> None:
        """Lets no request for these addresses out any more; not those that a page is asked for with."""

        def decide(route: Route) -> None:
            route.abort()

        self.page.route(pattern, decide)

    def post(self, origin: str, fields: dict[str, str]) -> int:
        """Sends the form of a page of another site to this server's page; tells the status code of the answer."""
        inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
        form = f'<form method="post" action="{self.address}/configuration/general">{inputs}<button>Go</button></form>'
        self.page.route(f"{origin}/**", lambda route: route.fulfill(content_type="text/html", body=form))
        self.page.goto(f"{origin}/")
        with self.page.expect_navigation() as navigation:
            self.page.get_by_role("button", name="Go").click()
        return navigation.value.status

    def axe(self) -> list[str]:
        """What axe-core finds that is serious or critical."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:200]}"
            for violation in found if violation["impact"] in ("serious", "critical") for node in violation["nodes"]
        ]

    def shoot(self, file: str) -> None:
        self.page.screenshot(path=file, full_page=True)

    def problems(self) -> list[str]:
        return self.complaints


def main() -> int:
    parser = argparse.ArgumentParser(description="A browser that is driven by lines of JSON.")
    parser.add_argument("address", help="of the server, as http://127.0.0.1:8080")
    parser.add_argument("user")
    parser.add_argument("--ca-file", type=pathlib.Path, help="whom to trust (default: nobody but the usual ones)")
    parser.add_argument("--limit", type=float, default=30, metavar="SECONDS")
    arguments = parser.parse_args()
    with chromium(arguments.ca_file) as browser:
        driver = Driver(browser, arguments.address, arguments.user, arguments.limit)
        print(json.dumps({"value": None}), flush=True)
        for line in sys.stdin:
            command = json.loads(line)
            try:
                outcome = {"value": getattr(driver, command.pop("do"))(**command)}
            except (Error, AssertionError) as error:
                outcome = {"error": f"{driver.page.url}: {error}"}
            print(json.dumps(outcome), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
