/** What the terminal of `up` says when a process changes its state. Pure. */
import type { ProcessState } from '@eventstream/local-servers';
import { importantLines } from './log-lines.ts';

const maxReasonChars = 200;

/** The end of a line that begins with the name of the process; undefined for a change that nobody needs to read. */
export function changeToTell(before: ProcessState | undefined, state: ProcessState): string | undefined {
  switch (state.kind) {
    case 'ready':
      return before?.kind === 'notReady' ? 'is ready again' : 'is ready';
    case 'notReady':
      // Why it isn't changes with every try; status and the log have it all.
      return before?.kind === 'notReady' ? undefined : `is not ready: ${state.reason.slice(0, maxReasonChars)}`;
    case 'exited': {
      const how = state.signal === null ? `exited with code ${state.code}` : `was ended by ${state.signal}`;
      // Nobody sees SIGKILL come: what such a process said last may be of yesterday, and is not why.
      const said = state.signal === 'SIGKILL' ? undefined : importantLines(state.lastOutput).at(-1);
      return `${how}, starts again in ${state.restartInMs} ms${said === undefined ? '' : `: ${said}`}`;
    }
    case 'failed':
      return `failed: ${state.reason}`;
    case 'preparing':
    case 'starting':
    case 'stopped':
      break;
  }
  return undefined;
}
