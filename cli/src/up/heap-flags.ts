/**
 * How V8 keeps the memory of a service: flags of Node 24, in megabytes and percent, chosen by measuring under full load
 * (docs/performance.md). None of them changes what a program does, only how often it looks for garbage.
 *
 * Left alone on a machine with much memory V8 lets garbage grow for long: a worker whose live data take 40 MB came to 300.
 * A bound on the old space alone makes it mark whenever two fifths have been added, about once a second. So the old space
 * may grow by more than that, and is not collected at all below a floor. Bytes outside of the heap count towards that too,
 * and every read from a socket makes 64 kB of them. Young garbage is collected by the thread that made it: helping threads
 * would take the processors from other services.
 */

/**
 * What a service keeps in memory. `much`: tens of thousands of orders or thousands of connections, so that less room is
 * left beyond them. `passing`: little of its own, while a hundred megabytes a second pass through.
 */
export type HeapUse = 'usual' | 'much' | 'passing';

/** The flags for a service of this kind, each of which stays below 250 MB. */
export function heapFlags(use: HeapUse): readonly string[] {
  return [...roomFlags(use), '--max-old-space-size=512', '--no-parallel-scavenge'];
}

function roomFlags(use: HeapUse): readonly string[] {
  switch (use) {
    case 'usual':
      return ['--max-semi-space-size=16', '--heap-growing-percent=80', '--initial-old-space-size=96'];
    case 'much':
      return ['--max-semi-space-size=8', '--heap-growing-percent=50', '--initial-old-space-size=96'];
    case 'passing':
      return [
        '--max-semi-space-size=8',
        '--heap-growing-percent=50',
        '--initial-old-space-size=64',
        // Else V8 marks after each 64 MB of bytes that passed, ten times a second when a log is read.
        '--external-memory-accounted-in-global-limit',
      ];
  }
}
