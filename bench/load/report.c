#include "client.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* CPU seconds of a process and all its threads so far; proc(5), fields 14 and 15 of stat. */
static double cpu_of(int pid)
{
    char path[64];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    /* The name, in brackets, may hold anything but a closing bracket: our servers have plain names. */
    if (fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        user = system = 0;
    fclose(file);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double own_cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void report_snapshot(struct client *client, struct counts *into)
{
    *into = client->counts;
    into->at = client->now;
    into->client_cpu = own_cpu();
    for (int i = 0; i < client->options.watched_count; i++)
        into->server_cpu += cpu_of(client->options.watched[i]);
}

void report_connected(const struct client *client, double seconds)
{
    printf("{\"phase\":\"connect\",\"connections\":%u,\"failed\":%u,\"seconds\":%.4f}\n", client->ready,
           client->refused, seconds);
    fflush(stdout);
}

static void print_latency(const char *name, const struct histogram *histogram)
{
    printf(",\"%s\":{\"count\":%" PRIu64 ",\"mean\":%.4f", name, histogram->total,
           histogram->total ? histogram->sum / (double)histogram->total / 1e6 : 0);
    printf(",\"p50\":%.4f,\"p90\":%.4f,\"p99\":%.4f,\"p999\":%.4f,\"max\":%.4f}",
           (double)histogram_at(histogram, 0.5) / 1e6, (double)histogram_at(histogram, 0.9) / 1e6,
           (double)histogram_at(histogram, 0.99) / 1e6, (double)histogram_at(histogram, 0.999) / 1e6,
           (double)histogram->max / 1e6);
}

void report_phase(const struct client *client, const char *phase, const struct counts *from, const struct counts *to)
{
    const struct counts *end = &client->counts;
    double seconds = (double)(to->at - from->at) / 1e9;
    printf("{\"phase\":\"%s\",\"seconds\":%.4f", phase, seconds);
    printf(",\"sent\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"acked\":%" PRIu64, to->sent - from->sent,
           to->received - from->received, to->acked - from->acked);
    printf(",\"refused\":%" PRIu64 ",\"gaps\":%" PRIu64 ",\"disorder\":%" PRIu64, end->refused, end->gaps, end->disorder);
    printf(",\"undelivered\":%" PRId64 ",\"unacked\":%" PRId64 ",\"lost_connections\":%" PRIu64,
           (int64_t)(end->expected - end->received), client->options.acks ? (int64_t)(end->sent - end->acked) : 0,
           end->lost_connections);
    printf(",\"reads\":%" PRIu64 ",\"server_cpu\":%.3f,\"client_cpu\":%.3f", to->reads - from->reads,
           to->server_cpu - from->server_cpu, to->client_cpu - from->client_cpu);
    print_latency("delivery_ms", &client->deliveries);
    print_latency("ack_ms", &client->acks);
    printf("}\n");
    fflush(stdout);
}

void report_holding(void)
{
    printf("{\"phase\":\"hold\"}\n");
    fflush(stdout);
}

/* Whether the server has closed a connection shows at the end of what the kernel still holds of it. */
static int was_dropped(int fd)
{
    char data[READ_SIZE];
    ssize_t count;
    while ((count = recv(fd, data, sizeof data, 0)) > 0)
        ;
    return count == 0 || errno != EAGAIN;
}

void report_slow(struct client *client)
{
    unsigned slow = 0, dropped = 0;
    for (unsigned i = 0; i < client->count; i++)
        if (client->connections[i].is_slow && client->connections[i].state != GONE) {
            slow++;
            dropped += (unsigned)was_dropped(client->connections[i].fd);
        }
    printf("{\"phase\":\"slow\",\"connections\":%u,\"dropped\":%u}\n", slow, dropped);
    fflush(stdout);
}
