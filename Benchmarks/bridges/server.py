#!/usr/bin/env python3
"""An XMPP server for components, scripted: TLS 1.3, a certificate is demanded, every handshake is accepted, what a
component sends to itself comes back to it, and pings to the domain are answered.

usage: server.py PORT SERVER.crt SERVER.key CA.crt
"""
import asyncio
import re
import ssl
import sys

STANZA = re.compile(rb"<iq type='(\w+)' from='([^']*)' to='([^']*)' id='([^']*)'(?:/>|>.*?</iq>)", re.S)


async def serve(reader, writer):
    try:
        header = await reader.readuntil(b"'>")
        while b"stream:stream" not in header:
            header = await reader.readuntil(b">")
        name = re.search(rb"to='([^']*)'", header).group(1)
        writer.write(b"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
                     b"xmlns:stream='http://etherx.jabber.org/streams' from='" + name + b"' id='bench'>")
        await reader.readuntil(b"</handshake>")
        writer.write(b"<handshake/>")
        text = b""
        while b"</stream:stream>" not in text:
            piece = await reader.read(4096)
            if not piece:
                return
            text += piece
            end = 0
            for stanza in STANZA.finditer(text):
                kind, sender, receiver, number = stanza.groups()
                if receiver == sender:
                    writer.write(stanza.group())
                elif kind == b"get":
                    writer.write(b"<iq type='result' from='" + receiver + b"' to='" + sender + b"' id='" + number + b"'/>")
                end = stanza.end()
            text = text[end:]
        writer.write(b"</stream:stream>")
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main():
    port, certificate, key, authority = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    server = await asyncio.start_server(serve, "127.0.0.1", int(port), ssl=context, backlog=4096)
    await server.serve_forever()


asyncio.run(main())
