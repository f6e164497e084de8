/** Where a child's output goes: a file of bounded size, and the last lines in memory for error messages. */
import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';

const maxTailChars = 4_000;
const maxUnwrittenBytes = 8 * 1024 * 1024;

/** Output of one supervised process over all its runs. */
export interface OutputLog {
  /** Takes everything that comes out of `stream`. */
  collect(stream: Readable): void;
  /** The last lines that came out, at most 4,000 characters. */
  tail(): string;
  close(): Promise<void>;
}

/**
 * Keeps output in `file`, at most five files of 10 MB (`name.log`, then `name.log.1` …, 0600 because programs log what
 * shouldn't be read by others); without a file only in memory.
 */
export function openOutputLog(file: string | undefined): OutputLog {
  const stream = file === undefined ? undefined : openRotating(file);
  let tail = '';
  return {
    collect(source) {
      source.setEncoding('utf8');
      source.on('data', (text: string) => {
        tail = (tail + text).slice(-maxTailChars);
        // A disk that is full or slow must neither block the child nor fill our memory: beyond the limit, lines are lost.
        if (stream !== undefined && stream.writableLength < maxUnwrittenBytes) stream.write(text);
      });
    },
    tail: () => tail.trim(),
    close: () =>
      new Promise((resolve) => {
        if (stream === undefined) resolve();
        else stream.end(() => resolve());
      }),
  };
}

function openRotating(file: string): RotatingFileStream {
  const name = basename(file);
  const stream = createStream((index) => (typeof index === 'number' ? `${name}.${index}` : name), {
    path: dirname(file),
    size: '10M',
    rotate: 4,
    mode: 0o600,
  });
  // A log that can't be written (disk full) is no reason to stop the process that logs.
  stream.on('error', (error: Error) => process.stderr.write(`cannot write ${file}: ${error.message}\n`));
  return stream;
}
