/** What client and server agree on about the size of messages. */

/** Most writes and bytes of one message; as much as one commit of the store takes. */
export const writesPerMessage = { writes: 500, bytes: 1024 * 1024 } as const;

/** Streams that one call reads: the store reads a page of each before it knows how many of them a message holds. */
export const streamsPerMessage = 32;
