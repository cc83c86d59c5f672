"""A connection that leaves."""

import asyncio

import uvicorn
from modelport_scoring.app import Receive, Scope, Send
from modelport_scoring.protocol import LeavingProtocol, LeavingState

REQUEST = b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


async def answers_around_leaving() -> bytes:
    """Begin to leave while one request runs; send another behind it, then let both be answered."""
    state, going, release = LeavingState(), asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        going.set()
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None)
    made: list[LeavingProtocol] = []

    def connect() -> LeavingProtocol:
        made.append(LeavingProtocol(config, state, {}, asyncio.get_running_loop()))
        return made[-1]

    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(REQUEST)
    await going.wait()
    state.leaving = True
    made[0].leave()
    made[0].close_if_idle()
    writer.write(REQUEST)
    await asyncio.sleep(0.05)
    release.set()
    received = await reader.read()
    writer.close()
    server.close()
    return received


def test_a_request_behind_the_last_one_becomes_the_last() -> None:
    """
    A request that comes in while its predecessor still runs is answered too; only its answer says close.
    """
    received = asyncio.run(answers_around_leaving())
    first, second = received.split(b"HTTP/1.1 200 OK")[1:]

    assert [False, True] == [b"connection: close" in answer for answer in (first, second)]
