#include "frames.h"

#include <endian.h>
#include <string.h>

/* Any mask will do on loopback, as long as it is not zero: a server must do the work of taking it off. */
static const uint8_t MASK[4] = {0x37, 0xfa, 0x21, 0x3d};

int frame_read(struct frame *frame, const uint8_t *data, size_t available)
{
    if (available < 2)
        return 0;
    uint8_t length = data[1] & 0x7f;
    frame->opcode = data[0] & 0x0f;
    frame->masked = data[1] >> 7;
    frame->head = (uint8_t)(2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (frame->masked ? 4 : 0));
    if (available < frame->head)
        return 0;
    if (length == 126) {
        uint16_t wide;
        memcpy(&wide, data + 2, sizeof wide);
        frame->length = be16toh(wide);
    } else if (length == 127) {
        uint64_t wide;
        memcpy(&wide, data + 2, sizeof wide);
        frame->length = be64toh(wide);
    } else {
        frame->length = length;
    }
    if (frame->masked)
        memcpy(frame->mask, data + frame->head - 4, 4);
    return 1;
}

size_t frame_write(uint8_t *out, enum opcode opcode, const void *payload, size_t length, int masked)
{
    size_t head = 2;
    uint8_t mask_bit = masked ? 0x80 : 0;
    out[0] = (uint8_t)(0x80 | opcode);
    if (length < 126) {
        out[1] = (uint8_t)(mask_bit | length);
    } else if (length < 65536) {
        uint16_t wide = htobe16((uint16_t)length);
        out[1] = mask_bit | 126;
        memcpy(out + 2, &wide, sizeof wide);
        head = 4;
    } else {
        uint64_t wide = htobe64(length);
        out[1] = mask_bit | 127;
        memcpy(out + 2, &wide, sizeof wide);
        head = 10;
    }
    if (masked) {
        memcpy(out + head, MASK, 4);
        head += 4;
    }
    memcpy(out + head, payload, length);
    if (masked)
        frame_unmask(out + head, length, MASK);
    return head + length;
}

void frame_unmask(uint8_t *payload, size_t length, const uint8_t mask[4])
{
    for (size_t i = 0; i < length; i++)
        payload[i] ^= mask[i & 3];
}
