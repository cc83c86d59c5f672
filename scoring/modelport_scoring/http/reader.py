"""Reads requests from the bytes of a connection."""

import time
from collections import deque
from typing import TYPE_CHECKING

import httptools

from modelport_scoring.answer import Answer, error_answer
from modelport_scoring.errors import BodyTooLargeError, HeadTooLargeError
from modelport_scoring.http.exchange import Exchange
from modelport_scoring.scoring import MEGABYTE

if TYPE_CHECKING:
    from modelport_scoring.http.connection import Connection


class Reader:
    """The parser's other half: makes an `Exchange` of each request and puts it into *owed* at its headers' end."""

    def __init__(self, connection: "Connection", owed: deque[Exchange]) -> None:
        self._connection = connection
        self._endpoint = connection.endpoint
        self._owed = owed
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._fields: dict[bytes, bytes] = {}
        self._head_size = 0
        self.reading: Exchange | None = None
        """The request whose body is not complete."""
        self.has_read = False
        """Some request's headers were complete."""

    @property
    def is_in_head(self) -> bool:
        """A request has begun, and its headers are not complete."""
        return bool(self._url)

    def feed(self, data: bytes) -> None:
        """
        Read *data*.

        Raises `httptools.HttpParserError` for what is not HTTP, `HeadTooLargeError` for headers without end.
        """
        was_in_head = self.is_in_head
        self._parse(data)
        if self.is_in_head and was_in_head:
            self._head_size += len(data)
            if self._head_size > self._endpoint.limits.head_kb * 1024:
                raise HeadTooLargeError(self._endpoint.limits.head_kb)

    def abandon(self) -> Exchange | None:
        """Give up what is being read: the request without its body, or None when its headers are not complete."""
        exchange, self.reading = self.reading, None
        self._url = b""
        return exchange

    def _parse(self, data: bytes) -> None:
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                self._decline_upgrade()
                data = data[upgrade.args[0] :]
                if data:
                    continue
            return

    def _decline_upgrade(self) -> None:
        """
        Go on in HTTP/1.1 after a request that offers another protocol.

        The parser has ended it at its headers; a body is read by another parser, which is told of its length.
        """
        self._parser = httptools.HttpRequestParser(self)
        exchange = self._owed[-1]
        if exchange.length != 0:
            exchange.is_read, self.reading = False, exchange
            length = b"transfer-encoding: chunked" if exchange.length < 0 else b"content-length: %d" % exchange.length
            self._parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n\r\n" % length)

    # What the parser calls

    def on_url(self, url: bytes) -> None:
        """Take in a piece of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header; a repeated one becomes a list."""
        self._head_size += len(name) + len(value)
        name = name.lower()
        if self.reading is None:  # else it stands behind a chunked body, where nothing that counts may stand
            fields = self._fields
            fields[name] = fields[name] + b", " + value if name in fields else value

    def on_headers_complete(self) -> None:
        """Decide who answers; refuse what shall not be read."""
        parser, fields, endpoint = self._parser, self._fields, self._endpoint
        if self.reading is not None:
            self._url, self._head_size = b"", 0  # of `_decline_upgrade`
            return
        exchange = Exchange(
            self._connection,
            parser.get_method(),
            self._url,
            fields,
            keep_alive=parser.should_keep_alive(),
            began=time.perf_counter(),
        )
        if self._head_size + len(self._url) > endpoint.limits.head_kb * 1024:
            exchange.refusal = error_answer(HeadTooLargeError(endpoint.limits.head_kb))
        elif (scoring := endpoint.scoring_of(self._url)) is not None and scoring.takes(exchange.method, fields):
            exchange.scoring = scoring
            admitted = scoring.admit(fields)
            if isinstance(admitted, Answer):
                exchange.refusal = admitted
            else:
                exchange.out = admitted
        self._url, self._fields, self._head_size = b"", {}, 0
        self.has_read = True
        self.reading = exchange
        self._owed.append(exchange)

    def on_body(self, body: bytes) -> None:
        """Keep a piece of a body that somebody wants."""
        exchange = self.reading
        if exchange is None or exchange.is_dropped or exchange.refusal is not None:
            return
        exchange.size += len(body)
        exchange.parts.append(body)
        if exchange.size > self._endpoint.limits.body_mb * MEGABYTE:
            exchange.parts.clear()
            exchange.refusal = exchange.worded(BodyTooLargeError(self._endpoint.limits.body_mb))

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        if self.reading is not None:
            self.reading.end()
            self.reading = None
            self._head_size = 0
