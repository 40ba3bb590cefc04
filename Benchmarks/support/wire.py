"""A connection whose requests and answers can be looked at apart."""
import re
import socket
import sys


class Wire:
    """A connection that is kept; nothing is sent without being asked for."""

    def __init__(self, port, credentials=None, accept="application/json"):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f"Host: box\r\nAccept: {accept}\r\nAuthorization: Basic {credentials}\r\n"
        self.rest = b""

    def send(self, method, path, body=""):
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\n{self.head}{length}\r\n{body}".encode())

    def ask(self, method, path, body=""):
        self.send(method, path, body)
        return self.receive()

    def receive(self, expected=200):
        """One whole answer."""
        head = self.until(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        if status != expected:
            sys.exit(f"an answer has the status {status}")
        length = int(re.search(rb"content-length: (\d+)", head, re.I).group(1))
        return head + self.take(length)

    def event(self):
        """Up to the end of an event of a stream; the head of the answer counts to the first one."""
        while True:
            text = self.until(b"\n\n")
            if b"data: " in text:
                return text

    def until(self, mark):
        while mark not in self.rest:
            self.more()
        end = self.rest.index(mark) + len(mark)
        text, self.rest = self.rest[:end], self.rest[end:]
        return text

    def take(self, count):
        while len(self.rest) < count:
            self.more()
        text, self.rest = self.rest[:count], self.rest[count:]
        return text

    def more(self):
        piece = self.socket.recv(65536)
        if not piece:
            sys.exit("a connection was closed")
        self.rest += piece
