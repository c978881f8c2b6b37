/* The limit: what a server in C can do that speaks just enough Socket.IO for the load client, and does nothing else.
 *
 *   limit PORT each       one send() per delivery, as servers do
 *   limit PORT coalesced  all that one turn of the event loop makes for a client in one send()
 *
 * A connection names its room when it connects; a message goes to all of that room, its event renamed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../load/frames.h"

enum { READ_SIZE = 64 * 1024, EVENTS = 1024 };

/* The answer to the one key that the load client uses; RFC 6455, section 1.3. */
static const char UPGRADED[] = "HTTP/1.1 101 Switching Protocols\r\n"
                               "Upgrade: websocket\r\n"
                               "Connection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const char OPEN[] = "0{\"sid\":\"limit\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,"
                           "\"maxPayload\":1000000}";
static const char JOINED[] = "40{\"sid\":\"limit\"}";
static const char SENT[] = "42[\"message:send\",", CREATED[] = "42[\"message:created\",";

struct bytes {
    uint8_t *data;
    size_t length, room;
};

struct connection;

struct room {
    char id[64];
    struct connection **members;
    unsigned count;
};

struct connection {
    int fd, is_upgraded, is_due;
    struct bytes in, out;
    struct room *room;
};

static int epoll, is_coalesced;
static struct room *rooms;
static unsigned room_count;
static struct connection **due; /* those with something to write at the end of the turn */
static unsigned due_count, due_room;

static void append(struct bytes *bytes, const void *data, size_t length)
{
    if (bytes->length + length > bytes->room) {
        bytes->room = 2 * (bytes->length + length);
        bytes->data = realloc(bytes->data, bytes->room);
    }
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

static void drop_front(struct bytes *bytes, size_t length)
{
    bytes->length -= length;
    memmove(bytes->data, bytes->data + length, bytes->length);
}

static void watch(struct connection *connection, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};
    epoll_ctl(epoll, operation, connection->fd, &event);
}

/* How much of `data` the kernel took. */
static size_t write_some(struct connection *connection, const void *data, size_t length)
{
    ssize_t count = send(connection->fd, data, length, MSG_NOSIGNAL);
    return count < 0 ? 0 : (size_t)count;
}

static void flush(struct connection *connection)
{
    int was_waiting = connection->is_due < 0;
    drop_front(&connection->out, write_some(connection, connection->out.data, connection->out.length));
    connection->is_due = connection->out.length ? -1 : 0; /* -1: epoll says when to go on */
    if (was_waiting != (connection->is_due < 0))
        watch(connection, EPOLL_CTL_MOD, connection->is_due ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void put(struct connection *connection, const void *data, size_t length)
{
    if (!is_coalesced && !connection->out.length) {
        size_t done = write_some(connection, data, length);
        if (done == length)
            return;
        append(&connection->out, (const uint8_t *)data + done, length - done);
        flush(connection);
        return;
    }
    append(&connection->out, data, length);
    if (!is_coalesced || connection->is_due)
        return;
    if (due_count == due_room)
        due = realloc(due, (due_room = 2 * due_room + 64) * sizeof *due);
    connection->is_due = 1;
    due[due_count++] = connection;
}

static void put_text(struct connection *connection, const char *text)
{
    uint8_t frame[512];
    put(connection, frame, frame_write(frame, OP_TEXT, text, strlen(text), 0));
}

static void broadcast(struct room *room, const uint8_t *arguments, size_t length)
{
    static uint8_t payload[READ_SIZE], frame[READ_SIZE + FRAME_HEAD_MAX];
    size_t prefix = sizeof CREATED - 1;
    if (!room || prefix + length > sizeof payload)
        return;
    memcpy(payload, CREATED, prefix);
    memcpy(payload + prefix, arguments, length);
    size_t size = frame_write(frame, OP_TEXT, payload, prefix + length, 0);
    for (unsigned i = 0; i < room->count; i++)
        put(room->members[i], frame, size);
}

/* The room from `40{"room":"..."}`. */
static void join(struct connection *connection, const char *packet, size_t length)
{
    char id[64] = "";
    const char *value = memmem(packet, length, "\":\"", 3);
    if (!value || sscanf(value + 3, "%63[^\"]", id) != 1)
        return;
    struct room *room = rooms;
    while (room < rooms + room_count && strcmp(room->id, id) != 0)
        room++;
    if (room == rooms + room_count)
        strcpy(rooms[room_count++].id, id);
    room->members = realloc(room->members, (room->count + 1) * sizeof *room->members);
    room->members[room->count++] = connection;
    connection->room = room;
    put_text(connection, JOINED);
}

static void leave(struct connection *connection)
{
    struct room *room = connection->room;
    for (unsigned i = 0; room && i < room->count; i++)
        if (room->members[i] == connection)
            room->members[i--] = room->members[--room->count];
    connection->room = NULL;
    close(connection->fd);
    /* The rest is not freed: it may be due, and a benchmark's connections are few. */
}

static void take(struct connection *connection, const uint8_t *payload, size_t length)
{
    size_t prefix = sizeof SENT - 1;
    if (length > prefix && memcmp(payload, SENT, prefix) == 0)
        broadcast(connection->room, payload + prefix, length - prefix);
    else if (length > 2 && memcmp(payload, "40", 2) == 0)
        join(connection, (const char *)payload, length);
}

static size_t upgrade(struct connection *connection)
{
    const struct bytes *in = &connection->in;
    const uint8_t *end = memmem(in->data, in->length, "\r\n\r\n", 4);
    if (!end)
        return 0;
    connection->is_upgraded = 1;
    put(connection, UPGRADED, sizeof UPGRADED - 1);
    put_text(connection, OPEN);
    return (size_t)(end + 4 - in->data);
}

static size_t take_frames(struct connection *connection, size_t at)
{
    struct frame frame;
    const struct bytes *in = &connection->in;
    while (frame_read(&frame, in->data + at, in->length - at) && in->length - at >= frame.head + frame.length) {
        uint8_t *payload = in->data + at + frame.head;
        frame_unmask(payload, frame.length, frame.mask);
        if (frame.opcode == OP_TEXT)
            take(connection, payload, frame.length);
        at += frame.head + frame.length;
    }
    return at;
}

static void readable(struct connection *connection)
{
    static uint8_t data[READ_SIZE];
    ssize_t count = recv(connection->fd, data, sizeof data, 0);
    if (count <= 0) {
        if (count == 0 || errno != EAGAIN)
            leave(connection);
        return;
    }
    append(&connection->in, data, (size_t)count);
    size_t done = connection->is_upgraded ? 0 : upgrade(connection);
    if (connection->is_upgraded)
        done = take_frames(connection, done);
    drop_front(&connection->in, done);
}

static void accept_all(int listener)
{
    int fd, yes = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct connection *connection = calloc(1, sizeof *connection);
        connection->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        watch(connection, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static int listen_on(int port)
{
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) {
        perror("limit");
        exit(1);
    }
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    return listener;
}

static void turn(int listener)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        if (!connection)
            accept_all(listener);
        else if (events[i].events & EPOLLOUT)
            flush(connection);
        if (connection && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            readable(connection);
    }
    for (unsigned i = 0; i < due_count; i++)
        flush(due[i]);
    due_count = 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("limit PORT each|coalesced\n", stderr);
        return 2;
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    is_coalesced = strcmp(argv[2], "coalesced") == 0;
    rooms = calloc(limit.rlim_max < 65536 ? limit.rlim_max : 65536, sizeof *rooms);
    epoll = epoll_create1(0);
    for (int listener = listen_on(atoi(argv[1]));;)
        turn(listener);
}
