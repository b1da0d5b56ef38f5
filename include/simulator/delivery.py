"""How a reply is sent: packed, in pieces, cut off, late, or not at all."""

import gzip
import socket
import struct
import threading
from collections.abc import Iterable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

from include.simulator.reply import Delivery, Reply

SMALLEST_BODY_TO_PACK = 1_400
TRICKLE_PIECES = 200


def packed(reply: Reply, accepted_encodings: str) -> Reply:
    """Return the reply gzipped, where that is worth it and the client takes it."""
    is_small = len(reply.body) < SMALLEST_BODY_TO_PACK
    if "gzip" not in accepted_encodings or is_small or "Content-Encoding" in reply.headers:
        return reply
    headers = reply.headers | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(reply, body=gzip.compress(reply.body, compresslevel=1, mtime=0), headers=headers)


def deliver(reply: Reply, handler: BaseHTTPRequestHandler, stopping: threading.Event) -> None:
    """Send a reply the way it is to travel; a wait ends early when the server is stopping."""
    if reply.pieces is not None and reply.delivery is Delivery.TRICKLE:
        reply = replace(reply, body=b"".join(reply.pieces), pieces=None)
    if reply.delivery is Delivery.DROPPED:
        _reset(handler)
    elif reply.pieces is not None:
        _send_chunks(reply, handler, reply.pieces, stopping)
    elif reply.delivery is Delivery.TRICKLE:
        size = max(1, len(reply.body) // TRICKLE_PIECES)
        pieces = [reply.body[at : at + size] for at in range(0, len(reply.body), size)]
        _send_head(handler, reply, length=len(reply.body))
        _send_pieces(handler, pieces, stopping, pause_s=reply.wait_s / max(1, len(pieces)))
    else:
        _send_body(reply, handler, stopping)


def _send_body(reply: Reply, handler: BaseHTTPRequestHandler, stopping: threading.Event) -> None:
    body = reply.body
    if reply.delivery is Delivery.CUT_OFF:
        body, handler.close_connection = body[: len(body) // 2], True
    if reply.wait_s:
        stopping.wait(reply.wait_s)
    _send_head(handler, reply, length=len(reply.body))
    handler.wfile.write(body)


def _send_chunks(
    reply: Reply, handler: BaseHTTPRequestHandler, pieces: Iterable[bytes], stopping: threading.Event
) -> None:
    """Send a body of unknown length, chunk by chunk; where it is cut off, the chunk that ends it is not sent."""
    if reply.wait_s:
        stopping.wait(reply.wait_s)
    _send_head(handler, replace(reply, headers=reply.headers | {"Transfer-Encoding": "chunked"}), length=None)
    for piece in pieces:
        if piece:  # an empty chunk would be the end
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
    if reply.delivery is Delivery.CUT_OFF:
        handler.close_connection = True
    else:
        handler.wfile.write(b"0\r\n\r\n")


def _send_head(handler: BaseHTTPRequestHandler, reply: Reply, *, length: int | None) -> None:
    handler.send_response(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


def _send_pieces(
    handler: BaseHTTPRequestHandler, pieces: Iterable[bytes], stopping: threading.Event, *, pause_s: float = 0
) -> None:
    for piece in pieces:
        handler.wfile.write(piece)
        if pause_s and stopping.wait(pause_s):
            return


def _reset(handler: BaseHTTPRequestHandler) -> None:
    """End the connection with a reset (linger of no time), not in good order."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
