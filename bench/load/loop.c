#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const uint64_t SECOND = 1000000000;
/* Few per turn: between two turns, what is due is sent, and that must not be late. */
enum { EVENTS = 16, CONNECT_SECONDS = 120, QUIET_SECONDS = 60, DRAIN_SECONDS = 10 };

uint64_t clock_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

void loop_turn(struct client *client, uint64_t until)
{
    struct epoll_event events[EVENTS];
    struct itimerspec timer = {.it_value = {(time_t)(until / SECOND), (long)(until % SECOND)}};
    timerfd_settime(client->timer, TFD_TIMER_ABSTIME, &timer, NULL);
    int count = epoll_wait(client->epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        if (!connection) { /* the timer */
            uint64_t expirations;
            if (read(client->timer, &expirations, sizeof expirations) < 0)
                continue; /* armed anew since */
            continue;
        }
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && connection->state != OPENING_SOCKET)
            connection_readable(client, connection);
        else if (events[i].events & (EPOLLHUP | EPOLLERR))
            connection_lost(client, connection, "refused");
        if (events[i].events & EPOLLOUT && connection->state != GONE)
            connection_writable(client, connection);
    }
    client->now = clock_now();
}

void loop_connect(struct client *client)
{
    uint64_t began = client->now = clock_now();
    while (client->ready + client->refused < client->count) {
        while (client->asked < client->count &&
               client->asked - client->ready - client->refused < client->options.connecting)
            connection_open(client, &client->connections[client->asked++]);
        loop_turn(client, client->now + SECOND);
        if (client->now > began + CONNECT_SECONDS * SECOND)
            fail("connecting takes too long");
    }
    report_connected(client, (double)(client->now - began) / 1e9);
    errno = 0;
    if (client->refused)
        fail("not everybody could connect");
    /* What a newcomer causes, such as news of who is there, must not be measured as messages. */
    client->heard_at = client->now;
    while (client->now < client->heard_at + SECOND / 2 && client->now < began + QUIET_SECONDS * SECOND)
        loop_turn(client, client->heard_at + SECOND / 2);
}

/* When the next message is due. Multiplied, not added up, so that rounding does not make it another rate. */
static uint64_t next_due(const struct client *client)
{
    return client->began + (uint64_t)(client->interval * (double)client->scheduled);
}

static void send_due(struct client *client)
{
    for (uint64_t due; (due = next_due(client)) <= client->now && due < client->window_to; client->scheduled++)
        message_send(client, client->senders[client->scheduled % client->options.senders], due);
}

static int is_all_here(const struct client *client)
{
    const struct counts *counts = &client->counts;
    return counts->received >= counts->expected && (!client->options.acks || counts->acked >= counts->sent);
}

/* Wait for what is under way, as long as anything comes; but not for all that an overloaded server may still owe. */
static void drain(struct client *client)
{
    uint64_t patience = (uint64_t)(client->options.drain * 1e9), end = client->now + DRAIN_SECONDS * SECOND;
    client->heard_at = client->now;
    while (!is_all_here(client) && client->now < client->heard_at + patience && client->now < end)
        loop_turn(client, client->heard_at + patience);
}

static void begin(struct client *client, double rate, unsigned window, double seconds)
{
    memset(&client->deliveries, 0, sizeof client->deliveries);
    memset(&client->acks, 0, sizeof client->acks);
    /* What the phase before has lost was reported; this one counts anew. */
    client->counts.expected = client->counts.received;
    client->counts.sent = client->counts.acked;
    client->began = client->now = clock_now();
    client->window_from = client->began + (uint64_t)(client->options.warmup * 1e9);
    client->window_to = client->window_from + (uint64_t)(seconds * 1e9);
    client->window = window;
    client->interval = window ? 0 : 1e9 / rate;
    client->scheduled = 0;
    client->is_sending = 1;
    for (unsigned i = 0; i < window * client->options.senders; i++)
        message_send(client, client->senders[i % client->options.senders], client->now);
}

static void run_phase(struct client *client, const char *name, double rate, unsigned window, double seconds)
{
    struct counts from = {0}, to;
    begin(client, rate, window, seconds);
    while (client->now < client->window_to) {
        if (!from.at && client->now >= client->window_from)
            report_snapshot(client, &from);
        if (!window)
            send_due(client);
        uint64_t next = from.at ? client->window_to : client->window_from;
        loop_turn(client, !window && next_due(client) < next ? next_due(client) : next);
    }
    report_snapshot(client, &to);
    client->is_sending = 0;
    drain(client);
    report_phase(client, name, &from, &to);
}

static void hold(struct client *client)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    report_holding();
    do
        loop_turn(client, client->now + SECOND / 10);
    while (poll(&input, 1, 0) == 0);
}

void loop_phase(struct client *client, const char *phase)
{
    double rate, seconds;
    unsigned window;
    if (sscanf(phase, "saturate:%u:%lf", &window, &seconds) == 2 && client->options.senders)
        run_phase(client, phase, 0, window, seconds);
    else if (sscanf(phase, "steady:%lf:%lf", &rate, &seconds) == 2 && client->options.senders && rate > 0)
        run_phase(client, phase, rate, 0, seconds);
    else if (strcmp(phase, "hold") == 0)
        hold(client);
    else if (strcmp(phase, "slow") == 0)
        report_slow(client);
    else
        fail(phase);
}
