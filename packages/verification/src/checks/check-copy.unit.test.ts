import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type EventId,
  eventId,
  eventType,
  type Incarnation,
  incarnation,
  ordersLog,
  type Position,
  position,
  type RecordedEvent,
} from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import type { CopiedMessage, CopyState, OurCopy } from '@eventstream/messaging';
import { newId } from '@eventstream/platform';
import { Findings } from '../findings.ts';
import { lives, orderOf, recordedLife } from '../lives.fixture.ts';
import { copyCheck, type InspectedCopy } from './check-copy.ts';

const life: Incarnation = incarnation(newId());
const events = recordedLife(orderOf(1), lives.cancelled);
const head = position(events.length);

interface Message {
  readonly event: RecordedEvent;
  /** Default: the event's type. */
  readonly subject?: string;
  readonly stub: boolean;
  readonly incarnation: Incarnation;
}

const store: EventReader = {
  head: async () => ({ log: ordersLog, position: head, incarnation: life }),
  readLog: async (_log, after) => ({ events: events.slice(after), scannedTo: head, head, incarnation: life }),
  readStream: () => assert.fail('not asked for here'),
};

/** So few that a batch ends within the store's page. */
const batchMessages = 2;

/** A copy that holds these messages, and says so. */
function copyOf(messages: ReadonlyMap<Position, Message>, change: Partial<OurCopy> = {}): InspectedCopy {
  const positions = [...messages.keys()].toSorted((one, other) => one - other);
  const lastId: EventId | undefined = messages.get(positions.at(-1) ?? position(0))?.event.id;
  const state: CopyState = {
    kind: 'ours',
    incarnation: life,
    first: positions[0] ?? position(1),
    last: positions.at(-1) ?? position(0),
    lastId,
    messageBytesMax: 1_000_000,
    ...change,
  };
  return {
    inspect: async () => state,
    async *scan(from, to) {
      const retained = positions.filter((at) => at >= from && at <= to);
      for (let start = 0; start < retained.length; start += batchMessages)
        yield retained.slice(start, start + batchMessages).map((at) => copied(at, messages));
    },
  };
}

function copied(at: Position, messages: ReadonlyMap<Position, Message>): CopiedMessage {
  const message = messages.get(at);
  assert(message);
  return { kind: 'event', position: at, subject: message.event.type, ...message };
}

function sound(): Map<Position, Message> {
  return new Map(events.map((event) => [event.position, { event, stub: false, incarnation: life }]));
}

async function check(copy: InspectedCopy): Promise<{ message: string | undefined; examined: number }> {
  const findings = new Findings();
  await copyCheck(ordersLog, store, copy).check(head, findings, () => {});
  const line = findings.lines().find(({ promise }) => promise === 'copy');
  return { message: line?.first?.message, examined: line?.examined ?? 0 };
}

/** The first difference after one message was changed. */
async function afterChanging(change: (message: Message) => Partial<Message>): Promise<string> {
  const messages = sound();
  const third = messages.get(position(3));
  assert(third);
  messages.set(position(3), { ...third, ...change(third) });
  return (await check(copyOf(messages))).message ?? 'nothing';
}

describe("the broker's copy", () => {
  test('holds when every message is the event at its position', async () => {
    assert.deepEqual(await check(copyOf(sound())), { message: undefined, examined: events.length });
  });

  test('may have lost its oldest messages, and may hold stubs', async () => {
    const messages = sound();
    messages.delete(position(1));
    const second = messages.get(position(2));
    assert(second);
    messages.set(position(2), { ...second, stub: true, event: { ...second.event, data: new Uint8Array() } });
    assert.deepEqual(await check(copyOf(messages)), { message: undefined, examined: events.length - 1 });
  });

  test('is named when a message is missing in the middle', async () => {
    const messages = sound();
    messages.delete(position(3));
    assert.match((await check(copyOf(messages))).message ?? '', /around 3 and not this one/);
  });

  test('is named when a message is another event', async () =>
    assert.match(
      await afterChanging(({ event }) => ({ event: { ...event, id: eventId(newId()) } })),
      /where the log has/,
    ));
  test('is named when a message has another type', async () =>
    assert.match(
      await afterChanging(({ event }) => ({ event: { ...event, type: eventType('ORDERS.approved') } })),
      /another type/,
    ));
  test('is named when a message lies under the subject of another type', async () =>
    assert.match(
      await afterChanging(() => ({ subject: 'ORDERS.approved' })),
      /is of type ORDERS\.reviewrejected and lies under ORDERS\.approved/,
    ));
  test('is named when a message has other bytes', async () =>
    assert.match(
      await afterChanging(({ event }) => ({ event: { ...event, data: Buffer.from('{}') } })),
      /other bytes/,
    ));
  test('is named when a message was published in another life', async () =>
    assert.match(await afterChanging(() => ({ incarnation: incarnation(newId()) })), /published under incarnation/));

  test('is named when it is of another life, beyond the head, missing or not ours', async () => {
    const other = copyOf(sound(), { incarnation: incarnation(newId()) });
    assert.match((await check(other)).message ?? '', /copy is of incarnation/);
    const ahead = copyOf(sound(), { last: position(events.length + 1) });
    assert.match((await check(ahead)).message ?? '', /beyond the log's head/);
    const missing: InspectedCopy = { ...copyOf(sound()), inspect: async () => ({ kind: 'missing' }) };
    assert.match((await check(missing)).message ?? '', /has no copy/);
    const foreign: InspectedCopy = {
      ...copyOf(sound()),
      inspect: async () => ({ kind: 'foreign', found: 'somebody', nextStep: 'ask' }),
    };
    assert.match((await check(foreign)).message ?? '', /not ours: somebody/);
  });
});
