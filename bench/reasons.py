"""Why a target may be missed: where the time goes, in plain words. Shown beside a figure only if it falls short."""

from __future__ import annotations

FAN_OUT = """\
What a message costs besides its deliveries is Python: reading and parsing it, a kept greenlet for its handler, packing
it again. Alone in a loop, without the kernel's work, that is 11 µs a message, of which parsing takes 2, emitting 4, and
the rest the way in between. With 100 in a room a message takes 27 µs where C takes 17, with 20 rooms of 50 it takes 46
where C takes 28 (docs/adr/0005-transport.md); writing to the clients takes both the same. A room of 1,000 spreads it
over so many deliveries that it does not show."""

ONE_WRITE = """\
At this rate every delivery is a write of its own, and three quarters of it are the kernel's, as in C. The rest, about a
microsecond, are two passes in Python over the thousand connections of the room: one lets them share what is to be
written, one calls send for each. Their objects have left the caches since the message before, a sixtieth of a second
ago. How much that costs beside the kernel differs from run to run: 1.22, 1.29 and 1.32 times C in the last three."""

DURABLE = """\
A message takes the server's core some 90 µs at this load, four fifths of it in Python, so one core carries some 10,000
a second, and 20,000 would leave it 50 for each; mongod and the load client share the other core. With clocks in the
running server, which took another 20: receiving 52 (frame and JSON 5, parsing 5, the document 5, four looks at the
membership 5, names 4, the rest handlers, greenlets and the reading itself), telling 47 (payload 6, its JSON 3, the room
12, the acknowledgement 6, who is busy 5), writing 6; the garbage collector 8, in all of these. What that showed was
mended since: looks into what is remembered, the payload of a plain message, detours of events, a stack and two dozen
objects for each message under way. By itself, in runs of three seconds, that went from 8,200 to 9,700 acknowledged a
second with 200 under way, and from 4,500 to 7,500 where 20,000 are offered. With more cores there are more workers."""

QUEUE = """\
Where more is offered than is carried, a queue grows for as long as it is offered: this p99 is the length of that queue,
and a longer run has a longer one. A client's messages were stored one at a time, so no batch had more than there were
senders; now four of each may be under way. It still carries less than with 200 under way, and the server's core is 79 %
busy then: the rest of the time it waits for mongod, which shares its core with a client that sends 20,000 a second. The
limits of what one person may send, which are off here, keep people from it; refusing what they may send would only make
them send it again."""

MODERATE = """\
Both wait for the same journal (majority, journaled), and Standin makes every message searchable a moment later, in
the same process and the same mongod, which Node does not do. That is the difference: with the indexer switched off
Standin's p99 was 5 to 9 ms with 20 rooms of 50, where Node's was 7, and 12 to 13 ms with 100 rooms of two, where
Node's was 16 to 29. The slowest stores, of 10 to 20 ms, were seen beside a page of the index that was being written:
there was one at any moment, of a message or two, as the indexer looked for news without a rest. It looks four times a
second now. Beside that it catches up with the 8,000 messages of the warm-up: 250 of a room got their words in one go,
which took mongod 15 ms of the clients' core; they get them 20 at a time now. In runs of six seconds with 20 rooms of 50
the p99 was 11 and 13 ms then, 7 and 8 with the indexer off, and Node's 29 and 32. What is left is the disk's slowest
journal writes, which come to both."""

PROVIDER = """\
The calls that hang are greenlets beside the senders. What they cost is the work before: who is busy, what was said
last, what the budgets allow, a dozen questions to the database for each burst, two bursts at a time. Beside sends that
call nobody, most of it is the mention, whoever it calls: the row with somebody who is there has it too."""

LOGINS = """\
What is left is the beginning: a hundred requests that come in the same moment are read, parsed and looked up, one
of them in a turn of the loop. The hashing itself, tried alone on one core, holds the loop up for 1 ms at most, in a
thread for each core that gives way to everyone; with two threads of the loop's own niceness it was 9."""
