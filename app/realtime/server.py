"""The Socket.IO server: packets of one client handled in order, on top of the Engine.IO server beside it."""

from __future__ import annotations

from typing import Any

import socketio
from socketio import packet

from app.realtime.manager import Manager


class Server(socketio.Server):  # type: ignore[misc]
    """socketio.Server whose clients never see an event before they are told that they are connected."""

    def __init__(self, client_manager: Manager | None = None, **options: Any) -> None:
        super().__init__(client_manager=client_manager or Manager(), **options)
        self._held: dict[str, list[Any]] = {}

    def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        self._held[eio_sid] = []
        try:
            super()._handle_connect(eio_sid, namespace, data)
        finally:
            self._held.pop(eio_sid, None)

    def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        if pkt.packet_type not in (packet.CONNECT, packet.CONNECT_ERROR):
            if eio_sid in self._held:
                self._held[eio_sid].append((super()._send_packet, pkt))
                return
            super()._send_packet(eio_sid, pkt)
            return
        held = self._held.pop(eio_sid, [])
        super()._send_packet(eio_sid, pkt)
        if pkt.packet_type == packet.CONNECT:
            for send, item in held:
                send(eio_sid, item)

    def _send_eio_packet(self, eio_sid: str, eio_pkt: Any) -> None:
        if eio_sid in self._held:
            self._held[eio_sid].append((super()._send_eio_packet, eio_pkt))
        else:
            super()._send_eio_packet(eio_sid, eio_pkt)
