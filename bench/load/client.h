/* A load client for Socket.IO 5 on Engine.IO 4 on plain WebSocket: one thread, thousands of connections.
 *
 * Most connections only count frames; some read each one and check order, gaps and latency. Every message carries in
 * its body who sent it, its number and when it was due: "#" sender (4 hex digits) number (8) nanoseconds (16).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "frames.h"
#include "histogram.h"

enum {
    READ_SIZE = 64 * 1024,   /* taken from the kernel at once */
    PEEK_MAX = 64,           /* enough of a payload to know what it is */
    INSPECT_MAX = 4096,      /* enough of it to read a message */
    CARRY_MAX = FRAME_HEAD_MAX + INSPECT_MAX,
    WATCHED_MAX = 16,
};

enum state { OPENING_SOCKET, UPGRADING, OPENING_ENGINE, JOINING, READY, GONE };

struct options {
    const char *host, *path, *namespace, *people, *mention;
    int port;
    unsigned senders, slow, inspect_every, body, connecting;
    int acks; /* a message is done when its ack is here, not when its sender sees it */
    double warmup, drain;
    int watched[WATCHED_MAX], watched_count; /* processes whose CPU time is told */
};

struct room {
    char *id;
    unsigned members; /* who should get each of its messages */
};

struct connection {
    int fd;
    uint8_t state, is_sender, is_slow, inspects;
    uint16_t sender;         /* number of the sender, if it is one */
    uint32_t sent;           /* messages so far */
    uint32_t *last;          /* by sender: the number of its last message seen here */
    uint64_t seq;            /* the last place in the room seen here, where the server tells it */
    struct room *room;
    char *auth;
    uint64_t skip;           /* bytes of the current payload that are of no interest */
    uint8_t *carry;          /* what was read and is not whole yet */
    size_t carried;
    uint8_t *out;            /* what the kernel did not take */
    size_t out_length;
};

struct counts {
    uint64_t sent, expected, received, acked, refused, gaps, disorder, reads, lost_connections;
    double server_cpu, client_cpu; /* seconds */
    uint64_t at;                   /* nanoseconds */
};

struct client {
    struct options options;
    struct connection *connections;
    unsigned count, asked, ready, refused; /* connections: all, begun, in their room, never let in */
    struct room *rooms;
    unsigned room_count;
    struct connection **senders;
    int epoll, timer;
    uint64_t nonce;             /* makes message ids differ from those of another run */
    uint64_t now, heard_at;
    uint64_t window_from, window_to; /* messages due in here have their latency taken */
    unsigned window;            /* messages under way per sender, or 0 in open loop */
    uint64_t began;             /* open loop: message k is due at began + k * interval */
    double interval;            /* nanoseconds */
    uint64_t scheduled;
    int is_sending;
    struct counts counts;
    struct histogram deliveries, acks;
    char event_prefix[PEEK_MAX], ack_prefix[PEEK_MAX];
    size_t event_prefix_length, ack_prefix_length;
    size_t body_at;             /* where the body stood in the last message: most likely there again */
    uint8_t buffer[CARRY_MAX + READ_SIZE];
};

uint64_t clock_now(void);
void fail(const char *what) __attribute__((noreturn));

/* people.c: who connects, to which room. */
void people_load(struct client *client);

/* connection.c: one connection's socket, from connecting to its end. */
void connection_open(struct client *client, struct connection *connection);
void connection_writable(struct client *client, struct connection *connection);
void connection_readable(struct client *client, struct connection *connection);
void connection_send(struct client *client, struct connection *connection, enum opcode opcode, const void *payload,
                     size_t length);
void connection_lost(struct client *client, struct connection *connection, const char *why);

/* packets.c: what frames mean. */
void packet_http(struct client *client, struct connection *connection);
void packet_frame(struct client *client, struct connection *connection, const struct frame *frame,
                  const uint8_t *payload, size_t have);

/* messages.c: sending messages and looking at those that come. */
void message_send(struct client *client, struct connection *connection, uint64_t due);
void message_seen(struct client *client, struct connection *connection, const uint8_t *payload, size_t have);
void message_acked(struct client *client, struct connection *connection, const uint8_t *payload, size_t have);

/* loop.c: the event loop, and the phases of a run. */
void loop_turn(struct client *client, uint64_t until);
void loop_connect(struct client *client);
void loop_phase(struct client *client, const char *phase);

/* report.c: lines of JSON on standard output. */
void report_snapshot(struct client *client, struct counts *into);
void report_connected(const struct client *client, double seconds);
void report_phase(const struct client *client, const char *phase, const struct counts *from, const struct counts *to);
void report_holding(void);
void report_slow(struct client *client);
