"""Debian's chromium as the tests use it: it knows the certificates and names that a test gives it, and nobody else's."""

import contextlib
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping

from playwright.sync_api import Browser, sync_playwright


@contextlib.contextmanager
def chromium(authority: pathlib.Path | None = None, hosts: Mapping[str, str] = {}) -> Iterator[Browser]:
    """A browser; its pages come from `new_page` or `new_context` of Playwright.

    authority: whom to trust besides the usual ones (PEM). hosts: addresses by name; they need no DNS.
    """
    with tempfile.TemporaryDirectory(prefix="chromium-") as home, sync_playwright() as playwright:
        if authority is not None:
            trust(authority, pathlib.Path(home))
        rules = ",".join(f"MAP {name} {address}" for name, address in hosts.items())
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[f"--host-resolver-rules={rules}"] if rules else [],
            env={**os.environ, "HOME": home},
            # Chromium's sandbox refuses to be root's.
            chromium_sandbox=os.geteuid() != 0,
        )
        try:
            yield browser
        finally:
            browser.close()


def trust(authority: pathlib.Path, home: pathlib.Path) -> None:
    """Puts an authority, or a server's certificate of its own making, where chromium looks for what its user trusts."""
    database = home / ".pki/nssdb"
    database.mkdir(parents=True)
    for arguments in (["-N", "--empty-password"], ["-A", "-n", "tests", "-t", "CP,,", "-i", str(authority)]):
        subprocess.run(["certutil", "-d", f"sql:{database}", *arguments], check=True)
