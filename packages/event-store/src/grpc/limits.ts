/** What client and server agree on about the size of messages. */

/**
 * Most writes and bytes of one message. More writes would share a message's cost better, but then all callers wait for
 * the same message, and client, server and database work one after another instead of side by side.
 */
export const writesPerMessage = { writes: 64, bytes: 1024 * 1024 } as const;

/**
 * The most streams that one call reads: the store reads a page of each before it knows how many pages fit into a
 * message.
 */
export const streamsPerMessage = 32;
