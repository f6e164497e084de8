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
  /** Another run begins: what the one before said last explains nothing about it. */
  beginRun(): void;
  /** The last lines that came out of this run, at most 4,000 characters. */
  tail(): string;
  close(): Promise<void>;
}

/** After a write that failed the file is let alone for so long: a disk that is full stays so for a while. */
const reopenAfterMs = 5_000;

/**
 * Keeps output in `file`, at most five files of 10 MB (`name.log`, then `name.log.1` …, 0600 because programs log what
 * shouldn't be read by others); without a file only in memory. `nowMs` is a clock that never goes back.
 */
export function openOutputLog(file: string | undefined, nowMs = (): number => performance.now()): OutputLog {
  const kept = file === undefined ? undefined : new KeptFile(file, nowMs);
  let tail = '';
  return {
    collect(source) {
      source.setEncoding('utf8');
      source.on('data', (text: string) => {
        tail = (tail + text).slice(-maxTailChars);
        kept?.write(text);
      });
    },
    beginRun: () => {
      tail = '';
    },
    tail: () => tail.trim(),
    close: async () => kept?.close(),
  };
}

/** The file, opened again after an error: a stream that has failed once takes nothing any more. */
class KeptFile {
  readonly #file: string;
  readonly #nowMs: () => number;
  #stream: RotatingFileStream | undefined;
  #openFromMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;

  constructor(file: string, nowMs: () => number) {
    this.#file = file;
    this.#nowMs = nowMs;
    this.#stream = this.#open();
  }

  /** A disk that is full or slow must neither block the child nor fill our memory: beyond the limit, lines are lost. */
  write(text: string): void {
    if (this.#stream === undefined && this.#nowMs() >= this.#openFromMs) this.#stream = this.#open();
    if (this.#stream === undefined || this.#stream.writableLength >= maxUnwrittenBytes) return;
    this.#stream.write(text, (error) => {
      if (!error) this.#isFailing = false;
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stream === undefined) resolve();
      else this.#stream.end(() => resolve());
    });
  }

  #open(): RotatingFileStream {
    const name = basename(this.#file);
    const stream = createStream((index) => (typeof index === 'number' ? `${name}.${index}` : name), {
      path: dirname(this.#file),
      size: '10M',
      rotate: 4,
      mode: 0o600,
    });
    // A log that can't be written (disk full) is no reason to stop the process that logs.
    stream.on('error', (error: Error) => {
      if (this.#stream === stream) this.#stream = undefined;
      this.#openFromMs = this.#nowMs() + reopenAfterMs;
      if (!this.#isFailing) process.stderr.write(`cannot write ${this.#file}: ${error.message}\n`);
      this.#isFailing = true;
    });
    return stream;
  }
}
