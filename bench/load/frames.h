/* WebSocket frames (RFC 6455, section 5), as much as client and server of the benchmark need. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum opcode { OP_CONTINUATION = 0x0, OP_TEXT = 0x1, OP_BINARY = 0x2, OP_CLOSE = 0x8, OP_PING = 0x9, OP_PONG = 0xA };

enum { FRAME_HEAD_MAX = 14 };

struct frame {
    uint8_t opcode;
    uint8_t head;     /* bytes before the payload */
    uint8_t masked;
    uint8_t mask[4];
    uint64_t length;  /* of the payload */
};

/* Read the head of the frame at `data`. 0 when not all of the head is there yet. */
int frame_read(struct frame *frame, const uint8_t *data, size_t available);

/* Write a whole frame to `out`, which has room for FRAME_HEAD_MAX + `length` bytes. Returns its size. */
size_t frame_write(uint8_t *out, enum opcode opcode, const void *payload, size_t length, int masked);

void frame_unmask(uint8_t *payload, size_t length, const uint8_t mask[4]);
