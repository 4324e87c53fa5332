# SPDX-License-Identifier: Apache-2.0
"""TLS in front of a server that speaks none: a thread that terminates it."""

import asyncio
import contextlib
import ssl
import threading

from support.certificates import openssl


def authority(folder, name="authority"):
    """(certificate, key) of an authority that nobody knows yet."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
            certificate, "-subj", f"/CN={name}", "-days", 2)
    return certificate, key


def server_context(folder, signer, names="DNS:localhost,IP:127.0.0.1"):
    """What a server needs that has a certificate of this authority for these names."""
    key, request, certificate, extensions = (folder / f"front.{end}" for end in ("key", "csr", "crt", "ext"))
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
            request, "-subj", "/CN=front")
    extensions.write_text(f"subjectAltName={names}\n")
    openssl("x509", "-req", "-in", request, "-CA", signer[0], "-CAkey", signer[1], "-out", certificate, "-days", 2,
            "-set_serial", 3, "-extfile", extensions)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class TlsFront:
    """Passes on connections to a port of 127.0.0.1."""

    def __init__(self, port, context):
        self.target, self.context = port, context
        self.loop, self.port = asyncio.new_event_loop(), None
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(10)

    def _run(self, ready):
        async def listen():
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.context)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()

        self.loop.run_until_complete(listen())
        self.loop.run_forever()

    async def _serve(self, *client):
        server = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._pump(client[0], server[1]), self._pump(server[0], client[1]))

    @staticmethod
    async def _pump(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()

    def stop(self):
        """No more connections are taken, and none is served."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
