"""Why a target may be missed: where the time goes, in plain words. Shown beside a figure only if it falls short."""

from __future__ import annotations

FAN_OUT = """\
What a message costs besides its deliveries is Python: reading and parsing it, a kept greenlet for its handler, packing
it again. Alone in a loop, without the kernel's work, that is 11 µs a message, of which parsing takes 2, emitting 4, and
the rest the way in between. With 100 in a room a message takes 27 µs where C takes 17, with 20 rooms of 50 it takes 46
where C takes 28 (docs/adr/0005-transport.md); writing to the clients takes both the same. A room of 1,000 spreads it
over so many deliveries that it does not show."""

DURABLE = """\
A message takes the server's core about 100 µs at this load, so one core carries some 10,000 a second, and 20,000 would
leave it 50 for each. Of the 100, by sampling with py-spy: parsing and checking 10, the document with its id and time 9,
membership, names and deadline 15, its share of the batch 11, its payload 10, telling the room 9, the acknowledgement 7;
the rest is reading, writing, greenlets and the loop. Repeated alone, the same steps take a third of that: in their real
order they push each other out of the processor's caches. No step stands out any more. Where one core is not enough,
there are more workers."""

QUEUE = """\
Where more is offered than is carried, a queue grows for as long as it is offered: this p99 is the length of that queue,
and a longer run has a longer one. With 200 messages under way at once, in the row of 100 rooms of two at saturation,
the p99 is what a server that is full really takes. The limits of what one person may send, which are off here, keep
people from it; refusing what they may send would only make them send it again."""

MODERATE = """\
Both wait for the same journal (majority, journaled), and Standin makes every message searchable a moment later, in
the same process and the same mongod, which Node does not do. That is the difference: with the indexer switched off
Standin's p99 was 5 to 9 ms with 20 rooms of 50, where Node's was 7, and 12 to 13 ms with 100 rooms of two, where
Node's was 16 to 29. With it, in pages of 200 entries, it was 14 and 26 to 35 ms; in pages of 40, as now for what is
new, 10 to 16 and 17. What is left of the p99 is the disk's slowest journal writes, which come to both at random."""

PROVIDER = """\
The calls that hang are greenlets beside the senders. What they cost is the work before: who is busy, what was said
last, what the budgets allow, a dozen questions to the database for each burst, two bursts at a time. Beside sends that
call nobody, most of it is the mention, whoever it calls: the row with somebody who is there has it too."""

LOGINS = """\
What is left is the beginning: a hundred requests that come in the same moment are read, parsed and looked up, one
of them in a turn of the loop. The hashing itself, tried alone on one core, holds the loop up for 1 ms at most, in a
thread for each core that gives way to everyone; with two threads of the loop's own niceness it was 9."""
