#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* The key is the example of RFC 6455, section 1.3: so its answer is known without SHA-1. */
static const char REQUEST[] = "GET %s?EIO=4&transport=websocket HTTP/1.1\r\n"
                              "Host: %s:%d\r\n"
                              "Upgrade: websocket\r\n"
                              "Connection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "Sec-WebSocket-Version: 13\r\n\r\n";

static void watch(struct client *client, struct connection *connection, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(client->epoll, operation, connection->fd, &event) < 0)
        fail("epoll_ctl");
}

void connection_open(struct client *client, struct connection *connection)
{
    const struct options *options = &client->options;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0)
        fail("socket");
    int yes = 1, small = 4096;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connection->is_slow) /* before connecting, or the kernel takes megabytes for who does not read */
        setsockopt(connection->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    if (inet_pton(AF_INET, options->host, &address.sin_addr) != 1)
        fail(options->host);
    connection->state = OPENING_SOCKET;
    watch(client, connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
        connection_lost(client, connection, strerror(errno));
}

void connection_lost(struct client *client, struct connection *connection, const char *why)
{
    if (connection->state == GONE)
        return;
    if (client->counts.lost_connections++ == 0)
        fprintf(stderr, "load: connection %d was lost: %s\n", (int)(connection - client->connections), why);
    client->refused += connection->state != READY;
    connection->state = GONE;
    connection->room->members -= !connection->is_slow;
    close(connection->fd);
    connection->fd = -1;
    free(connection->carry);
    free(connection->out);
    connection->carry = connection->out = NULL;
    connection->carried = connection->out_length = 0;
}

static void put(struct client *client, struct connection *connection, const uint8_t *data, size_t length)
{
    ssize_t count = connection->out_length ? 0 : send(connection->fd, data, length, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) {
        connection_lost(client, connection, strerror(errno));
        return;
    }
    size_t done = count > 0 ? (size_t)count : 0;
    if (done == length)
        return;
    if (!connection->out_length)
        watch(client, connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    connection->out = realloc(connection->out, connection->out_length + length - done);
    memcpy(connection->out + connection->out_length, data + done, length - done);
    connection->out_length += length - done;
}

void connection_writable(struct client *client, struct connection *connection)
{
    if (connection->state == OPENING_SOCKET) {
        char request[1024];
        int length = snprintf(request, sizeof request, REQUEST, client->options.path, client->options.host,
                              client->options.port);
        connection->state = UPGRADING;
        watch(client, connection, EPOLL_CTL_MOD, EPOLLIN);
        put(client, connection, (uint8_t *)request, (size_t)length);
        return;
    }
    ssize_t count = send(connection->fd, connection->out, connection->out_length, MSG_NOSIGNAL);
    if (count < 0) {
        if (errno != EAGAIN)
            connection_lost(client, connection, strerror(errno));
        return;
    }
    connection->out_length -= (size_t)count;
    memmove(connection->out, connection->out + count, connection->out_length);
    if (!connection->out_length)
        watch(client, connection, EPOLL_CTL_MOD, EPOLLIN);
}

void connection_send(struct client *client, struct connection *connection, enum opcode opcode, const void *payload,
                     size_t length)
{
    if (connection->state == GONE)
        return;
    uint8_t *frame = malloc(FRAME_HEAD_MAX + length);
    put(client, connection, frame, frame_write(frame, opcode, payload, length, 1));
    free(frame);
}

static void carry(struct connection *connection, const uint8_t *data, size_t length)
{
    if (length && !connection->carry)
        connection->carry = malloc(CARRY_MAX);
    if (length)
        memcpy(connection->carry, data, length);
    connection->carried = length;
}

/* How much of a payload must be there before it is looked at; the rest is passed over. */
static size_t wanted(const struct connection *connection, uint64_t length)
{
    size_t most = connection->inspects || connection->is_sender || connection->state != READY ? INSPECT_MAX : PEEK_MAX;
    return length < most ? (size_t)length : most;
}

static void read_frames(struct client *client, struct connection *connection, const uint8_t *data, size_t length)
{
    while (length && connection->state != GONE) {
        if (connection->skip) {
            size_t passed = connection->skip < length ? (size_t)connection->skip : length;
            connection->skip -= passed;
            data += passed;
            length -= passed;
            continue;
        }
        struct frame frame;
        if (!frame_read(&frame, data, length))
            break;
        size_t have = wanted(connection, frame.length);
        if (length < frame.head + have)
            break;
        packet_frame(client, connection, &frame, data + frame.head, have);
        connection->skip = frame.length - have;
        data += frame.head + have;
        length -= frame.head + have;
    }
    if (connection->state != GONE)
        carry(connection, data, length);
}

static void read_upgrade(struct client *client, struct connection *connection, uint8_t *data, size_t length)
{
    uint8_t *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end && length < INSPECT_MAX) {
        carry(connection, data, length);
        return;
    }
    if (!end || !memmem(data, length, " 101 ", 5) || !memmem(data, length, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28)) {
        connection_lost(client, connection, "the answer to the handshake is not the right one");
        return;
    }
    connection->state = OPENING_ENGINE;
    read_frames(client, connection, end + 4, length - (size_t)(end + 4 - data));
}

void connection_readable(struct client *client, struct connection *connection)
{
    /* What was carried over is put right in front of what is read now. */
    uint8_t *data = client->buffer + CARRY_MAX;
    ssize_t count = recv(connection->fd, data, READ_SIZE, 0);
    if (count <= 0) {
        if (count == 0 || (errno != EAGAIN && errno != EINTR))
            connection_lost(client, connection, count ? strerror(errno) : "the server closed it");
        return;
    }
    client->now = clock_now();
    client->counts.reads++;
    data -= connection->carried;
    size_t length = (size_t)count + connection->carried;
    if (connection->carried)
        memcpy(data, connection->carry, connection->carried);
    if (connection->state == UPGRADING)
        read_upgrade(client, connection, data, length);
    else
        read_frames(client, connection, data, length);
}
