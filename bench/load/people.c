#define _GNU_SOURCE
#include "client.h"

#include <stdlib.h>
#include <string.h>

/* One line per connection: the auth payload as JSON, a tab, the id of the room it is in. */

static struct room *find_room(struct client *client, const char *id)
{
    for (unsigned i = client->room_count; i-- > 0;)
        if (strcmp(client->rooms[i].id, id) == 0)
            return &client->rooms[i];
    struct room *room = &client->rooms[client->room_count++];
    room->id = strdup(id);
    return room;
}

static unsigned count_lines(FILE *file)
{
    unsigned count = 0;
    for (int c; (c = fgetc(file)) != EOF;)
        count += c == '\n';
    rewind(file);
    return count;
}

/* Evenly spread over the connections, so that every part of a broadcast is looked at. */
static int is_nth(unsigned index, unsigned wanted, unsigned count)
{
    return wanted && (uint64_t)index * wanted % count < wanted;
}

static void assign_roles(struct client *client)
{
    struct options *options = &client->options;
    unsigned senders = 0;
    for (unsigned i = 0; i < client->count; i++) {
        struct connection *connection = &client->connections[i];
        if (is_nth(i, options->senders, client->count)) {
            connection->is_sender = 1;
            connection->sender = (uint16_t)senders;
            client->senders[senders++] = connection;
        }
        /* One off, so that slow ones are not senders unless nearly everyone is. */
        connection->is_slow = !connection->is_sender && is_nth(i ? i - 1 : client->count - 1, options->slow, client->count);
        connection->inspects = !connection->is_slow && ((connection->is_sender && !options->acks) ||
                                                       i % options->inspect_every == options->inspect_every / 2);
        if (connection->inspects)
            connection->last = calloc(options->senders, sizeof *connection->last);
        connection->room->members += !connection->is_slow;
    }
}

void people_load(struct client *client)
{
    FILE *file = fopen(client->options.people, "r");
    if (!file)
        fail(client->options.people);
    client->count = count_lines(file);
    if (client->options.senders > client->count)
        client->options.senders = client->count;
    client->connections = calloc(client->count, sizeof *client->connections);
    client->rooms = calloc(client->count, sizeof *client->rooms);
    client->senders = calloc(client->options.senders + 1, sizeof(struct connection *));
    char *line = NULL;
    size_t size = 0;
    for (unsigned i = 0; i < client->count && getline(&line, &size, file) > 0; i++) {
        line[strcspn(line, "\n")] = 0;
        char *tab = strchr(line, '\t');
        if (!tab)
            fail("a line of the people has no room");
        *tab = 0;
        client->connections[i].fd = -1;
        client->connections[i].auth = strdup(line);
        client->connections[i].room = find_room(client, tab + 1);
    }
    free(line);
    fclose(file);
    assign_roles(client);
}
