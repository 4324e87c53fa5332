# SPDX-License-Identifier: Apache-2.0
"""A way between two programs that a test can shut, so that nothing comes through, or make long."""

import asyncio
import threading


class Gate:
    """Listens on a free port of 127.0.0.1 and passes everything on to another one, both ways."""

    def __init__(self, port):
        self.target, self.port = port, None
        self.delay, self._open = 0.0, None
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
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))

    async def _pass(self, reader, writer):
        try:
            while data := await reader.read(65536):
                await asyncio.sleep(self.delay)
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

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
