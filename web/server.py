"""The web process of `chidao serve`: waitress, which by itself drops what it is answering when it is told to stop. Here it drains.

To drain: take in who has come already, close the door for newcomers, answer what was asked, close each connection when it falls
silent; all of it within a bounded time.
"""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from engine.kernel.clock import stopwatch
from engine.kernel.errors import InvalidInput

THREADS = 8
BACKLOG = 256
LONGEST = 64 * 1024 * 1024  # bytes of a request that waitress takes in: the application refuses smaller ones with a page of its own
LIMIT = 20.0  # seconds that requests have to be answered when we stop
STOPPING = (signal.SIGTERM, signal.SIGINT)
_log = logging.getLogger(__name__)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens at `host`:`port`. Raises InvalidInput when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError:
        raise InvalidInput(f"Expected the name or address of this machine as host, but found {host!r}. Use 127.0.0.1, or 0.0.0.0 for all.") from None
    opened = socket.socket(family, kind, protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind(address)
        opened.listen(BACKLOG)  # now: two who bind one port both succeed, only one may listen
    except OSError as error:
        opened.close()
        message = f"Expected to listen at {host}, port {port}, but could not: {error.strerror}. Stop what listens there, or choose another --port."
        raise InvalidInput(message, port=port) from None
    return opened


class Server:
    """Answers requests until it is told to stop; then drains."""

    def __init__(self, app: Flask, listening: socket.socket) -> None:
        self._map: dict[int, Any] = {}
        made = create_server(
            app,
            map=self._map,
            sockets=[listening],
            threads=THREADS,
            backlog=BACKLOG,
            ident=None,
            max_request_body_size=LONGEST,
            clear_untrusted_proxy_headers=False,  # nobody believes them; web.metrics has to see them
        )
        assert isinstance(made, BaseWSGIServer)
        self._waitress = made
        self._stopping = False

    def stop_on_signals(self, also: Callable[[], None]) -> None:
        """Stop at SIGTERM and SIGINT; `also` is called at the first of them, and has to return at once."""

        def told(_number: int, _frame: FrameType | None) -> None:
            first, self._stopping = not self._stopping, True
            if first:
                also()
            self._waitress.pull_trigger()

        for number in STOPPING:
            signal.signal(number, told)

    def run(self) -> None:
        """Answer requests until told to stop, and those that have come by then."""
        while not self._stopping:
            wasyncore.loop(timeout=5, map=self._map, count=1)
        self._drain(stopwatch() + LIMIT)
        self._waitress.task_dispatcher.shutdown(timeout=1)
        for channel in self._channels():
            channel.handle_close()
        wasyncore.close_all(self._map)

    def _drain(self, until: float) -> None:
        self._take_in_who_has_come()
        wasyncore.dispatcher.close(self._waitress)  # newcomers are refused; the trigger of the loop stays open
        wasyncore.loop(timeout=0.1, map=self._map, count=1)  # what they have sent is read
        while busy := [each for each in self._channels() if _busy(each)]:
            if stopwatch() > until:
                _log.warning("requests were not answered in time", extra={"count": len(busy), "wait": LIMIT})
                return
            self._close_silent()
            wasyncore.loop(timeout=0.2, map=self._map, count=1)
        self._close_silent()
        wasyncore.loop(timeout=0, map=self._map, count=1)

    def _take_in_who_has_come(self) -> None:
        before = -1
        while len(self._map) > before:
            before = len(self._map)
            self._waitress.handle_accept()

    def _channels(self) -> list[HTTPChannel]:
        return [each for each in self._map.values() if isinstance(each, HTTPChannel)]

    def _close_silent(self) -> None:
        for channel in self._channels():
            if not _busy(channel):
                channel.will_close = True


def _busy(channel: HTTPChannel) -> bool:
    """Tell whether something is being asked or answered. In this order: an answer is in the buffer before its request is gone."""
    return bool(channel.requests) or channel.request is not None or bool(channel.total_outbufs_len)
