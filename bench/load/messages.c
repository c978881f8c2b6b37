#define _GNU_SOURCE
#include "client.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char BODY[] = "\"body\":\"#";
enum { BODY_LENGTH = sizeof BODY - 1, STAMP_LENGTH = 4 + 8 + 16 };
static const char FILLING[] = "the quick brown fox jumps over the lazy dog while ";

struct stamp {
    uint64_t sender, number, due;
};

static void write_body(const struct client *client, char *out, const struct stamp *stamp)
{
    const struct options *options = &client->options;
    int length = sprintf(out, "#%04" PRIx64 "%08" PRIx64 "%016" PRIx64 " %s", stamp->sender, stamp->number, stamp->due,
                         options->mention);
    for (unsigned i = (unsigned)length; i < options->body; i++)
        out[i] = FILLING[i % (sizeof FILLING - 1)];
    out[(unsigned)length > options->body ? (unsigned)length : options->body] = 0;
}

void message_send(struct client *client, struct connection *connection, uint64_t due)
{
    if (connection->state != READY)
        return;
    const char *namespace = client->options.namespace, *comma = *namespace ? "," : "";
    char body[INSPECT_MAX], packet[INSPECT_MAX + 512], id[12] = "", key[64] = "";
    struct stamp stamp = {connection->sender, ++connection->sent, due};
    write_body(client, body, &stamp);
    if (client->options.acks) {
        snprintf(id, sizeof id, "%u", connection->sent);
        snprintf(key, sizeof key, ",\"client_message_id\":\"%" PRIx64 "-%u\"", client->nonce, connection->sent);
    }
    int length = snprintf(packet, sizeof packet, "42%s%s%s[\"message:send\",{\"room_id\":\"%s\",\"body\":\"%s\"%s}]",
                          namespace, comma, id, connection->room->id, body, key);
    client->counts.sent++;
    client->counts.expected += connection->room->members;
    connection_send(client, connection, OP_TEXT, packet, (size_t)length);
}

static int read_hex(const uint8_t *digits, int count, uint64_t *value)
{
    uint64_t result = 0;
    for (int i = 0; i < count; i++) {
        uint8_t digit = digits[i];
        if (digit >= '0' && digit <= '9')
            result = result << 4 | (uint64_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            result = result << 4 | (uint64_t)(digit - 'a' + 10);
        else
            return 0;
    }
    *value = result;
    return 1;
}

static int read_stamp(struct client *client, const uint8_t *payload, size_t have, struct stamp *stamp)
{
    size_t at = client->body_at;
    if (at + BODY_LENGTH > have || memcmp(payload + at, BODY, BODY_LENGTH) != 0) {
        const uint8_t *found = memmem(payload, have, BODY, BODY_LENGTH);
        if (!found)
            return 0;
        at = client->body_at = (size_t)(found - payload);
    }
    const uint8_t *digits = payload + at + BODY_LENGTH;
    return at + BODY_LENGTH + STAMP_LENGTH <= have && read_hex(digits, 4, &stamp->sender) &&
           read_hex(digits + 4, 8, &stamp->number) && read_hex(digits + 12, 16, &stamp->due) &&
           stamp->sender < client->options.senders;
}

static void take_latency(const struct client *client, struct histogram *histogram, uint64_t due)
{
    if (due >= client->window_from && due < client->window_to)
        histogram_add(histogram, client->now - due);
}

/* A closed loop: the next message leaves when one has come back. */
static void done(struct client *client, struct connection *sender)
{
    if (client->is_sending && client->window)
        message_send(client, sender, client->now);
}

static void check_order(struct client *client, struct connection *connection, const struct stamp *stamp)
{
    uint32_t *last = &connection->last[stamp->sender];
    if (stamp->number > *last + 1)
        client->counts.gaps += stamp->number - *last - 1;
    else if (stamp->number <= *last)
        client->counts.disorder++;
    if (stamp->number > *last)
        *last = (uint32_t)stamp->number;
}

/* Where the server numbers the messages of a room, the numbers that arrive must leave none out. */
static void check_seq(struct client *client, struct connection *connection, const uint8_t *payload, size_t have)
{
    const uint8_t *found = memmem(payload, have, "\"seq\":", 6);
    if (!found)
        return;
    uint64_t seq = 0;
    for (found += 6; found < payload + have && *found >= '0' && *found <= '9'; found++)
        seq = seq * 10 + (uint64_t)(*found - '0');
    if (connection->seq && seq != connection->seq + 1)
        client->counts.disorder++;
    connection->seq = seq;
}

void message_seen(struct client *client, struct connection *connection, const uint8_t *payload, size_t have)
{
    struct stamp stamp;
    if (!read_stamp(client, payload, have, &stamp)) {
        client->counts.disorder++;
        return;
    }
    check_order(client, connection, &stamp);
    check_seq(client, connection, payload, have);
    take_latency(client, &client->deliveries, stamp.due);
    if (!client->options.acks && connection->is_sender && connection->sender == stamp.sender)
        done(client, connection);
}

void message_acked(struct client *client, struct connection *connection, const uint8_t *payload, size_t have)
{
    struct stamp stamp;
    client->counts.acked++;
    if (!memmem(payload, have, "\"ok\":true", 9) || !read_stamp(client, payload, have, &stamp))
        client->counts.refused++;
    else
        take_latency(client, &client->acks, stamp.due);
    if (connection->is_sender)
        done(client, connection);
}
