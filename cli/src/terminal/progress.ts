/** Shows how far long work is: a bar on a terminal, otherwise a plain line now and then. Always on stderr. */
import { SingleBar } from 'cli-progress';

/** Work under way. */
export interface Progress {
  /** So much of it is done; `beside` is shown with it. */
  at(done: number, of: number, beside?: string): void;
  /** It is over, well or not. */
  end(): void;
}

const lineEveryMs = 5_000;

/** Begins to show work of this name. */
export function showProgress(what: string): Progress {
  return process.stderr.isTTY ? bar(what) : lines(what);
}

function bar(what: string): Progress {
  const single = new SingleBar({
    format: `${what} [{bar}] {percentage} %  {value}/{total}  {eta_formatted}  {beside}`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    formatTime: timeLeft,
  });
  let started = false;
  return {
    at(done, of, beside = '') {
      if (!started) single.start(of, done, { beside });
      else if (of !== single.getTotal()) single.setTotal(of);
      started = true;
      single.update(Math.min(done, of), { beside });
    },
    end: () => single.stop(),
  };
}

/** Until something has been done nobody knows, and nothing is said: cli-progress has a word in place of the seconds then. */
function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  return `${seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`} left`;
}

function lines(what: string): Progress {
  let lastMs = performance.now();
  return {
    at(done, of, beside) {
      if (performance.now() - lastMs < lineEveryMs) return;
      lastMs = performance.now();
      process.stderr.write(`${what}: ${done} of ${of}${beside === undefined ? '' : `  ${beside}`}\n`);
    },
    end() {},
  };
}
