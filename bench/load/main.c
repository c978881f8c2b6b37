#include "client.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

static const char USAGE[] =
    "load --port N --people FILE [options] PHASE...\n"
    "Connects one client per line of FILE (auth payload, tab, room), runs the phases, prints a line of JSON for each.\n"
    "Phases: saturate:WINDOW:SECONDS  closed loop, WINDOW messages under way per sender\n"
    "        steady:RATE:SECONDS      open loop, RATE messages per second from all senders together\n"
    "        hold                     stay connected until standard input has something or ends\n"
    "        slow                     count the slow readers that the server has dropped\n"
    "Options: --host 127.0.0.1  --path /socket.io/  --namespace ''  --senders 0  --body 120 (bytes)  --acks\n"
    "         --inspect-every 20  --connecting 64 (at once)  --slow 0 (clients that do not read)  --mention ''\n"
    "         --warmup 1 (seconds)  --drain 2 (seconds without a word)  --watch PID (once per process)\n";

void fail(const char *what)
{
    fprintf(stderr, "load: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static void read_options(struct options *options, int argc, char **argv)
{
    enum { HOST = 1, PORT, PATH, NAMESPACE, PEOPLE, SENDERS, BODY, ACKS, INSPECT, CONNECTING, SLOW, MENTION, WARMUP,
           DRAIN, WATCH };
    static const struct option LONG[] = {
        {"host", 1, 0, HOST}, {"port", 1, 0, PORT}, {"path", 1, 0, PATH}, {"namespace", 1, 0, NAMESPACE},
        {"people", 1, 0, PEOPLE}, {"senders", 1, 0, SENDERS}, {"body", 1, 0, BODY}, {"acks", 0, 0, ACKS},
        {"inspect-every", 1, 0, INSPECT}, {"connecting", 1, 0, CONNECTING}, {"slow", 1, 0, SLOW},
        {"mention", 1, 0, MENTION}, {"warmup", 1, 0, WARMUP}, {"drain", 1, 0, DRAIN}, {"watch", 1, 0, WATCH}, {0}};
    for (int option; (option = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
        unsigned number = optarg ? (unsigned)atoi(optarg) : 0;
        switch (option) {
        case HOST: options->host = optarg; break;
        case PORT: options->port = (int)number; break;
        case PATH: options->path = optarg; break;
        case NAMESPACE: options->namespace = optarg; break;
        case PEOPLE: options->people = optarg; break;
        case SENDERS: options->senders = number; break;
        case BODY: options->body = number < INSPECT_MAX / 2 ? number : INSPECT_MAX / 2; break;
        case ACKS: options->acks = 1; break;
        case INSPECT: options->inspect_every = number ? number : 1; break;
        case CONNECTING: options->connecting = number; break;
        case SLOW: options->slow = number; break;
        case MENTION: options->mention = optarg; break;
        case WARMUP: options->warmup = atof(optarg); break;
        case DRAIN: options->drain = atof(optarg); break;
        case WATCH:
            if (options->watched_count < WATCHED_MAX)
                options->watched[options->watched_count++] = (int)number;
            break;
        default: fputs(USAGE, stderr); exit(2);
        }
    }
    if (!options->port || !options->people) {
        fputs(USAGE, stderr);
        exit(2);
    }
}

static void allow_many_files(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void prepare(struct client *client)
{
    const char *namespace = client->options.namespace, *comma = *namespace ? "," : "";
    client->event_prefix_length = (size_t)snprintf(client->event_prefix, PEEK_MAX, "42%s%s[\"message:created\",",
                                                   namespace, comma);
    client->ack_prefix_length = (size_t)snprintf(client->ack_prefix, PEEK_MAX, "43%s%s", namespace, comma);
    client->nonce = clock_now();
    client->epoll = epoll_create1(EPOLL_CLOEXEC);
    client->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(client->epoll, EPOLL_CTL_ADD, client->timer, &event);
}

int main(int argc, char **argv)
{
    static struct client client = {.options = {.host = "127.0.0.1", .path = "/socket.io/", .namespace = "", .mention = "",
                                               .body = 120, .inspect_every = 20, .connecting = 64, .warmup = 1,
                                               .drain = 2}};
    read_options(&client.options, argc, argv);
    allow_many_files();
    people_load(&client);
    prepare(&client);
    loop_connect(&client);
    for (int i = optind; i < argc; i++)
        loop_phase(&client, argv[i]);
    return 0;
}
