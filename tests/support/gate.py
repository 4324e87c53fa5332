# SPDX-License-Identifier: Apache-2.0
"""A way between two programs that a test can shut, so that nothing comes through, or make long."""

import asyncio
import threading


class Gate:
    """Listens on a free port of 127.0.0.1 and passes everything on to another one, both ways."""

    def __init__(self, port):
        self.target, self.port = port, None
        self.delay, self._open = 0.0, None
        self._losing = None
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen(ready))
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _listen(self, ready):
        self._open = asyncio.Event()
        self._open.set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()

    async def _connected(self, reader, writer):
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        connection = {"asked": b"", "loses": None}
        await asyncio.gather(self._pass(reader, back, lambda data: self._hear(connection, data)),
                             self._pass(there, writer, lambda _: self._lose(connection)))

    def _hear(self, connection, data):
        connection["asked"] = (connection["asked"] + data)[-2**20:]
        if self._losing and self._losing["marker"] in connection["asked"]:
            connection["loses"], self._losing = self._losing, None

    async def _lose(self, connection):
        losing, connection["asked"] = connection["loses"], b""
        if losing is None:
            return
        await self._loop.run_in_executor(None, losing["between"])
        losing["over"].set()
        if losing["hangs"]:
            await asyncio.Event().wait()
        raise ConnectionAbortedError

    async def _pass(self, reader, writer, meet):
        try:
            while data := await reader.read(65536):
                await asyncio.sleep(self.delay)
                await self._open.wait()
                if met := meet(data):
                    await met
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def lose(self, marker, between=lambda: None, hangs=False):
        """The answer to the next request that has those bytes is lost: `between` runs when it is here, and then the
        connection is cut, or hangs. The event that is returned is set when `between` has run."""
        over = threading.Event()
        losing = {"marker": marker, "between": between, "hangs": hangs, "over": over}
        self._loop.call_soon_threadsafe(setattr, self, "_losing", losing)
        return over

    def shut(self):
        """As a cut cable: connections stay, and nothing arrives."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def open(self):
        """What was sent meanwhile arrives."""
        self._loop.call_soon_threadsafe(self._open.set)

    def end(self):
        """Stops listening and passing."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
