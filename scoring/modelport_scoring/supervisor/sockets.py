"""
The listening sockets of a service: one per worker slot, held for the service's life.

Where the kernel spreads connections over sockets that share a port (Linux), each slot has its own. Elsewhere one socket
is shared by all slots.
"""

import ctypes
import errno
import socket
import sys
from typing import Final

BACKLOG: Final = 2048
_SO_ATTACH_REUSEPORT_CBPF: Final = 51  # <asm-generic/socket.h>; Python has no name for it


class PortTakenError(OSError):
    """Another program listens there."""


class SlotSockets:
    """The sockets of slots 0, 1, 2, ... on one address and port."""

    def __init__(self, address: str, port: int) -> None:
        self.address = address
        self.port = port
        self._sockets: list[socket.socket] = []
        self._shared = not _kernel_spreads()

    def open(self, slots: int) -> None:
        """
        Take the port and listen on *slots* sockets: callers wait in their queues until a worker accepts.

        Raises `PortTakenError`, or `OSError` for any other reason.
        """
        try:
            self._sockets.append(self._first())
        except OSError as error:
            raise _explained(error, self.address, self.port) from error
        self._sockets[0].listen(BACKLOG)
        self.grow(slots)
        self.listen(slots)

    def grow(self, slots: int) -> None:
        """Have at least *slots* sockets. New ones do not listen yet: nobody accepts from them."""
        while len(self._sockets) < slots:
            self._sockets.append(self._sockets[0].dup() if self._shared else self._another())

    def listen(self, slots: int) -> None:
        """Let connections in on slots 0 to *slots* - 1, and steer them away from the others."""
        for each in self._sockets[:slots]:  # in this order: the kernel numbers them as they begin to listen
            each.listen(BACKLOG)
        if not self._shared and len(self._sockets) > 1:
            _steer(self._sockets[0], slots)

    def shrink(self, slots: int) -> None:
        """Close all but *slots* sockets; call it when the queues of the others are empty."""
        while len(self._sockets) > slots:
            self._sockets.pop().close()

    def close(self) -> None:
        """Close all: the port is free once the workers let go too."""
        self.shrink(0)

    def __len__(self) -> int:
        return len(self._sockets)

    def __getitem__(self, slot: int) -> socket.socket:
        return self._sockets[slot]

    def _first(self) -> socket.socket:
        # Bound without SO_REUSEPORT: with it, the port of another program of the same user could be shared unnoticed.
        # The option is set between bind and listen, so that nobody can slip in between.
        first = _new_socket(self.address)
        try:
            first.bind((self.address, self.port))
            if not self._shared:
                first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        except BaseException:
            first.close()
            raise
        return first

    def _another(self) -> socket.socket:
        another = _new_socket(self.address)
        another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        another.bind((self.address, self.port))
        return another


def _kernel_spreads() -> bool:
    return sys.platform == "linux" and hasattr(socket, "SO_REUSEPORT")


def _new_socket(address: str) -> socket.socket:
    new = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections in TIME_WAIT do not hold the port
    new.setblocking(False)
    return new


def _explained(error: OSError, address: str, port: int) -> OSError:
    if error.errno == errno.EADDRINUSE:
        return PortTakenError(f"port {port} on {address} is taken by another program")
    if error.errno == errno.EACCES:
        return OSError(f"port {port} on {address} needs more rights than this user has; take one from 1024")
    return OSError(f"cannot listen on port {port} of {address} ({error.strerror}); take an address of this machine")


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


def _steer(any_socket: socket.socket, slots: int) -> None:
    """
    Make the kernel choose among the first *slots* sockets only, at random.

    A kernel without this goes on choosing among all: then a connection that comes while a slot is closed may be lost.
    Source: socket(7), SO_ATTACH_REUSEPORT_CBPF; bpf offsets from <linux/filter.h>.
    """
    instructions = (_Instruction * 3)(
        _Instruction(0x20, 0, 0, (-0x1000 + 56) & 0xFFFFFFFF),  # A = random number (SKF_AD_OFF + SKF_AD_RANDOM)
        _Instruction(0x94, 0, 0, slots),  # A %= slots
        _Instruction(0x16, 0, 0, 0),  # return A
    )
    program = _Program(len(instructions), instructions)
    try:
        any_socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, bytes(program))
    except OSError:
        return
