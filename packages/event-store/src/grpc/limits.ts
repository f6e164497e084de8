/** What client and server agree on about the size of messages. */

/**
 * Most writes and bytes of one message. More writes in one would share its cost better, but then all callers wait for the
 * same message, and client, server and database work in turns.
 */
export const writesPerMessage = { writes: 64, bytes: 1024 * 1024 } as const;

/** Streams that one call reads: the store reads a page of each before it knows how many of them a message holds. */
export const streamsPerMessage = 32;
