"""What the benchmarks share: the server, the XMPP servers beside it, and a client."""
