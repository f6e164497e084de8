/** The event store as a part of a process that uses it: closed with it, and asked whether it answers. */
import type { LogName } from '@eventstream/contracts';
import { messageOf, type Part, type Ready } from '@eventstream/platform';
import type { EventStore } from './port.ts';

const name = 'event store';

/** Closes the store when the process stops. Ready when the store answers where the log stands. */
export function storePart(store: EventStore, log: LogName): Part {
  return {
    name,
    checks: [{ name, check: () => readyIfAnswered(store, log) }],
    start: async () => {},
    stop: () => store.close(),
  };
}

async function readyIfAnswered(store: EventStore, log: LogName): Promise<Ready> {
  try {
    await store.head(log);
    return { ok: true };
  } catch (error) {
    return { ok: false, reason: messageOf(error), nextStep: 'start eventstoresvc; work resumes by itself' };
  }
}
