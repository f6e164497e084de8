/** Holds the broker's copy against the log, message by message: same position, id, type, stream, revision and bytes. */
import { type Incarnation, type LogName, type Position, position, type RecordedEvent } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import type { LogCopy } from '@eventstream/messaging';
import type { Findings } from './findings.ts';
import type { CopyCheck } from './verify.ts';

/** How many messages are asked for at once. */
const readsAtOnce = 128;

/** Compares everything that the broker retains up to the head. */
export function copyCheck(log: LogName, reader: EventReader, copy: LogCopy): CopyCheck {
  return {
    async check(head, findings, onProgress) {
      const differs = (message: string, at?: Position): void =>
        findings.differs({ promise: 'copy', message, ...(at === undefined ? {} : { position: at }) });
      const state = await copy.inspect();
      if (state.kind === 'missing') {
        if (head > 0) differs('the broker has no copy of the log; the relay makes it anew when it runs');
        return;
      }
      if (state.kind === 'foreign') {
        differs(`the broker has something of that name that is not ours: ${state.found}`);
        return;
      }
      const now = await reader.head(log);
      if (state.incarnation !== now.incarnation)
        differs(`the broker's copy is of incarnation ${state.incarnation}, the log of ${now.incarnation}`);
      if (state.last > now.position)
        differs(`the broker's last sequence ${state.last} is beyond the log's head ${now.position}`, state.last);
      await compareAll({ reader, log, copy, findings, onProgress }, state.first, Math.min(state.last, head));
    },
  };
}

/** Stands in for a broker that does not answer: the promise is reported as not checked. */
export function unreachableCopy(why: string): CopyCheck {
  return { check: async (_head, findings) => findings.notChecked('copy', `the broker cannot be reached: ${why}`) };
}

interface Comparison {
  readonly reader: EventReader;
  readonly log: LogName;
  readonly copy: LogCopy;
  readonly findings: Findings;
  readonly onProgress: (looked: number) => void;
}

async function compareAll(
  { reader, log, copy, findings, onProgress }: Comparison,
  first: Position,
  last: number,
): Promise<void> {
  let at = position(Math.max(first - 1, 0));
  while (at < last) {
    const page = await reader.readLog(log, at, { limit: readsAtOnce });
    const events = page.events.filter((event) => event.position <= last);
    if (events.length === 0) return;
    await Promise.all(events.map((event) => compareOne(event, page.incarnation, { copy, findings })));
    findings.examined('copy', events.length);
    at = page.scannedTo;
    onProgress(at);
  }
}

async function compareOne(
  event: RecordedEvent,
  life: Incarnation,
  { copy, findings }: Pick<Comparison, 'copy' | 'findings'>,
): Promise<void> {
  const message = await copy.read(event.position);
  const differs = (what: string): void =>
    findings.differs({ promise: 'copy', message: what, position: event.position });
  if (!message) {
    // Evicted since the copy was inspected: then everything before it is gone as well, and it is no hole.
    const state = await copy.inspect();
    if (state.kind === 'ours' && state.first > event.position) return;
    differs(`the broker retains positions around ${event.position} and not this one`);
    return;
  }
  const copied = message.event;
  if (copied.id !== event.id) differs(`the broker has event ${copied.id} where the log has ${event.id}`);
  else if (copied.type !== event.type || copied.stream !== event.stream || copied.revision !== event.revision)
    differs(`event ${event.id} has another type, stream or revision at the broker`);
  else if (message.incarnation !== life)
    differs(`event ${event.id} was published under incarnation ${message.incarnation}`);
  else if (!message.stub && !Buffer.from(copied.data).equals(event.data))
    differs(`event ${event.id} has other bytes at the broker`);
}
