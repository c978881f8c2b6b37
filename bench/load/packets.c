#include "client.h"

#include <string.h>
#include <sys/epoll.h>

static int starts_with(const uint8_t *payload, size_t have, const char *prefix, size_t length)
{
    return have >= length && memcmp(payload, prefix, length) == 0;
}

static void join(struct client *client, struct connection *connection)
{
    char packet[INSPECT_MAX];
    const char *namespace = client->options.namespace;
    int length = snprintf(packet, sizeof packet, "40%s%s%s", namespace, *namespace ? "," : "", connection->auth);
    connection->state = JOINING;
    connection_send(client, connection, OP_TEXT, packet, (size_t)length);
}

static void joined(struct client *client, struct connection *connection)
{
    connection->state = READY;
    client->ready++;
    if (connection->is_slow)
        epoll_ctl(client->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
}

static void text(struct client *client, struct connection *connection, const uint8_t *payload, size_t have)
{
    if (starts_with(payload, have, client->event_prefix, client->event_prefix_length)) {
        client->counts.received++;
        if (connection->inspects)
            message_seen(client, connection, payload, have);
    } else if (starts_with(payload, have, client->ack_prefix, client->ack_prefix_length)) {
        message_acked(client, connection, payload, have);
    } else if (starts_with(payload, have, "2", 1)) {
        connection_send(client, connection, OP_TEXT, "3", 1);
    } else if (starts_with(payload, have, "0", 1) && connection->state == OPENING_ENGINE) {
        join(client, connection);
    } else if (starts_with(payload, have, "40", 2) && connection->state == JOINING) {
        joined(client, connection);
    } else if (starts_with(payload, have, "44", 2)) {
        connection_lost(client, connection, "the namespace refused it");
    } else if (starts_with(payload, have, "41", 2) || starts_with(payload, have, "1", 1)) {
        connection_lost(client, connection, "the server sent it away");
    }
}

void packet_frame(struct client *client, struct connection *connection, const struct frame *frame,
                  const uint8_t *payload, size_t have)
{
    if (frame->opcode == OP_TEXT)
        text(client, connection, payload, have);
    else if (frame->opcode == OP_PING)
        connection_send(client, connection, OP_PONG, payload, have);
    else if (frame->opcode == OP_CLOSE)
        connection_lost(client, connection, "the server sent a close frame");
    client->heard_at = client->now;
}
