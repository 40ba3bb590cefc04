#!/usr/bin/env python3
"""Logs in at an XMPP server, once, by the page beside this program in a real browser.

The password is standard input. One line of JSON says what came of it, and the exit status too, as with login.py; here
"seconds" are from the click on.
"""

import argparse
import json
import pathlib
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Browser"))
from chromium import chromium  # noqa: E402

from playwright.sync_api import Error, Page, expect  # noqa: E402


def log_in(page: Page, url: str, name: str, password: str, limit: float) -> dict[str, object]:
    page.goto(url)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    start = time.monotonic()
    page.get_by_role("button", name="Log in").click()
    state = page.get_by_role("status")
    expect(state).not_to_have_attribute("data-outcome", "none", timeout=1000 * limit)
    return {**state.evaluate("state => ({ ...state.dataset })"), "seconds": round(time.monotonic() - start, 3)}


def main() -> int:
    parser = argparse.ArgumentParser(description="Logs in at an XMPP server, once. The password is standard input.")
    parser.add_argument("name")
    parser.add_argument("url", help="the page; its host is the XMPP server's, on 127.0.0.1")
    parser.add_argument("--ca-file", type=pathlib.Path, help="whom to trust (default: nobody but the usual ones)")
    parser.add_argument("--limit", type=float, default=30, metavar="SECONDS")
    arguments = parser.parse_args()
    host = urllib.parse.urlsplit(arguments.url).hostname
    password = sys.stdin.read()
    with chromium(arguments.ca_file, {host: "127.0.0.1"}) as browser:
        try:
            result = log_in(browser.new_page(), arguments.url, arguments.name, password, arguments.limit)
        except Error as error:
            result = {"outcome": "failed", "reason": error.message, "seconds": 0}
        except AssertionError:
            reason = f"nothing was decided within {arguments.limit:g} s"
            result = {"outcome": "failed", "reason": reason, "seconds": arguments.limit}
    print(json.dumps(result), flush=True)
    return {"accepted": 0, "refused": 1}.get(result["outcome"], 2)


if __name__ == "__main__":
    sys.exit(main())
