/**
 * How V8 keeps the memory of a service: flags of Node 24, in megabytes and percent, chosen by measuring under full load
 * (docs/performance-log.md). None of them changes what a program does, only how often it looks for garbage.
 *
 * Left alone on a machine with much memory V8 lets garbage grow for long: a worker whose live data take 40 MB came to 300.
 * A bound on the old space alone makes it mark whenever two fifths have been added, about once a second. So the old space
 * may grow by more than that, and is not collected at all below a floor. Bytes outside of the heap count towards that too,
 * and every read from a socket makes 64 kB of them. Young garbage is collected by the thread that made it: helping threads
 * would take the processors from other services.
 */

/**
 * What a service keeps in memory. `much`: tens of thousands of orders or thousands of connections; it has less room beyond them.
 * `pages`: pages of the log pass through it, outside of its heap. V8 marks everything once 64 MB of such bytes have come, while most
 * of them are garbage already. A small young generation is collected before that when other work fills it, and lets go of them at a
 * fraction of the price; one that pages alone would fill soon enough makes appends dearer.
 */
export type HeapUse = 'usual' | 'much' | 'pages';

/** The flags for a service of this kind, each of which stays below 250 MB. */
export function heapFlags(use: HeapUse): readonly string[] {
  return [
    `--max-semi-space-size=${use === 'usual' ? 16 : 8}`,
    '--max-old-space-size=512',
    `--heap-growing-percent=${use === 'much' ? 50 : 80}`,
    '--initial-old-space-size=96',
    '--no-parallel-scavenge',
  ];
}
