#!/usr/bin/env python3
"""Logs in at an XMPP server, once, as a user's client does: STARTTLS, SASL, a resource.

The password is standard input, so that no process list has it. One line of JSON says what came of it:
{"outcome": "accepted", "jid": ...}, {"outcome": "refused", "condition": ..., "text": ...} or
{"outcome": "failed", "reason": ...}, each with "seconds", from the connection on. The exit status is 0, 1 or 2.
"""

import argparse
import asyncio
import json
import logging
import pathlib
import sys
import time

import slixmpp


class Client(slixmpp.ClientXMPP):
    """A client that ends with what becomes of its first login."""

    def __init__(self, jid: str, password: str, authority: pathlib.Path) -> None:
        super().__init__(jid, password, sasl_mech="PLAIN")
        self.ca_certs = authority
        self.enable_direct_tls = False
        self.result: asyncio.Future[dict[str, str]] = self.loop.create_future()
        self.add_event_handler("session_start", self.accepted)
        self.add_event_handler("failed_auth", self.refused)
        for event in ("connection_failed", "no_auth", "ssl_invalid_chain", "stream_error", "disconnected"):
            self.add_event_handler(event, lambda what, event=event: self.end(outcome="failed", reason=f"{event}: {what}"))

    def end(self, **result: str) -> None:
        if not self.result.done():
            self.result.set_result(result)

    def accepted(self, _: object) -> None:
        self.end(outcome="accepted", jid=self.boundjid.full)

    def refused(self, failure: slixmpp.ElementBase) -> None:
        self.end(outcome="refused", condition=failure["condition"], text=failure["text"])


async def log_in(arguments: argparse.Namespace, password: str) -> dict[str, object]:
    client = Client(arguments.jid, password, arguments.ca_file)
    host, _, port = arguments.server.rpartition(":")
    start = time.monotonic()
    client.connect(host, int(port))
    try:
        result = await asyncio.wait_for(client.result, arguments.limit)
    except asyncio.TimeoutError:
        result = {"outcome": "failed", "reason": f"nothing was decided within {arguments.limit:g} s"}
    seconds = round(time.monotonic() - start, 3)
    await client.disconnect()
    return {**result, "seconds": seconds}


def main() -> int:
    parser = argparse.ArgumentParser(description="Logs in at an XMPP server, once. The password is standard input.")
    parser.add_argument("jid", help="NAME@HOST")
    parser.add_argument("--server", required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--ca-file", required=True, type=pathlib.Path, help="whom to trust")
    parser.add_argument("--limit", type=float, default=30, metavar="SECONDS")
    arguments = parser.parse_args()
    # What there is to say is in the result.
    logging.disable()
    result = asyncio.run(log_in(arguments, sys.stdin.read()))
    print(json.dumps(result), flush=True)
    return {"accepted": 0, "refused": 1}.get(str(result["outcome"]), 2)


if __name__ == "__main__":
    sys.exit(main())
