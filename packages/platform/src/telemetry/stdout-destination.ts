/**
 * Writes log lines to stdout, synchronously, so that the last line before a crash is not lost. pino's own destination tries
 * for ever, asleep, when stdout is a pipe whose reader is gone (sonic-boom's flushSync takes EPIPE for a busy pipe): a process
 * whose supervisor was killed would never end.
 */
import { writeSync } from 'node:fs';
import { codeOf } from '../coded-error.ts';

const busyWaitMs = 10;
const maxBusyWaits = 500;
const asleep = new Int32Array(new SharedArrayBuffer(4));

/** Where log lines go, as pino wants it. Never throws: a line that cannot be written is lost, the process goes on. */
export function stdoutDestination(write: (bytes: Uint8Array) => number = (bytes) => writeSync(1, bytes)): {
  write(line: string): void;
} {
  return {
    write(line) {
      let rest: Uint8Array = Buffer.from(line);
      for (let waits = 0; rest.length > 0 && waits < maxBusyWaits; ) {
        try {
          rest = rest.subarray(write(rest));
        } catch (error) {
          if (codeOf(error) !== 'EAGAIN') return;
          // A pipe that is full and set not to block: its reader is slow. Longer than 5 s we don't stop for it.
          waits += 1;
          Atomics.wait(asleep, 0, 0, busyWaitMs);
        }
      }
    },
  };
}
