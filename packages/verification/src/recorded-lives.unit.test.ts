/**
 * Logs as they were recorded, of every schema version that there ever was: folded by the decider, by the projection and by
 * the saga, as a rebuild would. Each recording of packages/contracts/testdata stands in at least one life.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  decodeOrderEvent,
  eventId,
  eventType,
  orderIdOf,
  orderSchemaVersion,
  ordersLog,
  position,
  type RecordedEvent,
  revision,
  streamName,
} from '@eventstream/contracts';
import { foldOrder, fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { newId } from '@eventstream/platform';
import { projectOrders } from '@eventstream/read-model';
import { foldPage, rowOfStream } from '@eventstream/saga';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const recordings = Type.Array(
  Type.Object({
    name: Type.String(),
    type: Type.String(),
    stream: Type.String(),
    metadata: Type.Record(Type.String(), Type.String()),
    data: Type.String(),
  }),
);
const folder = new URL('../../contracts/testdata/', import.meta.url);
/** Of every file that there is, so that the next version is in it from its first day. */
const versions = readdirSync(folder).flatMap((file) => /^order-events-v(\d+)\.json$/.exec(file)?.[1] ?? []);
const readRecordings = (version: string) =>
  Value.Parse(recordings, JSON.parse(readFileSync(new URL(`order-events-v${version}.json`, folder), 'utf8'))).map(
    (recording) => ({ ...recording, version }),
  );

type Recording = ReturnType<typeof readRecordings>[number];

const all: readonly Recording[] = versions.flatMap(readRecordings);
const ofType = (token: string, version: string) =>
  all.filter((one) => one.type === `ORDERS.${token}` && one.version === version);

/** What an order's life may be, as types, and how it ends. The undo is ours alone, so it is always of version 1. */
const lives = [
  { types: ['created', 'paymentdebited', 'approved'], ends: 'Approved', saga: 'done' },
  { types: ['created', 'paymentdebited', 'reviewrequested', 'approved'], ends: 'Approved', saga: 'done' },
  { types: ['created', 'paymentdeclined', 'cancelled'], ends: 'Cancelled', saga: 'undone' },
  {
    types: ['created', 'paymentdebited', 'reviewrejected', 'paymentvoidrequested', 'paymentvoided', 'cancelled'],
    ends: 'Cancelled',
    saga: 'undone',
  },
  {
    types: ['created', 'cancelrequested', 'paymentvoidrequested', 'paymentvoided', 'cancelled'],
    ends: 'Cancelled',
    saga: 'undone',
  },
] as const;

/** Every recording of a type, of the version if there are any, else of ours. */
const choices = (token: string, version: string): readonly Recording[] => {
  const own = ofType(token, version);
  return own.length > 0 ? own : ofType(token, '1');
};

/** So many lives of one kind that each recording of its types is in one of them. */
function livesOf(types: readonly string[], version: string): readonly (readonly Recording[])[] {
  const perType = types.map((token) => choices(token, version));
  const longest = Math.max(...perType.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => perType.flatMap((some) => some[at % some.length] ?? []));
}

function toLog(life: readonly Recording[]): readonly RecordedEvent[] {
  return life.map((one, index) => ({
    id: eventId(newId()),
    type: eventType(one.type),
    data: new TextEncoder().encode(one.data),
    metadata: one.metadata,
    log: ordersLog,
    position: position(index + 1),
    stream: streamName(one.stream),
    revision: revision(index + 1),
    recordedAtMs: Date.UTC(2026, 0, 2) + index,
  }));
}

const used = new Set<string>();
const definition = fulfilment(fulfilmentDefaults);
const settings = { undoStuckAfterMs: 60_000 };

for (const version of versions)
  describe(`a log of schema version ${version}`, () => {
    for (const { types, ends, saga } of lives)
      test(`with ${types.join(', ')} ends ${ends} for everybody who folds it`, () => {
        for (const life of livesOf(types, version)) {
          for (const one of life) used.add(`${one.version} ${one.name} ${one.type}`);
          const log = toLog(life);
          assert.equal(foldOrder(log.map(decodeOrderEvent)).status, ends);
          const projected = projectOrders(log, new Map(), new Set());
          assert.deepEqual(projected.poison, []);
          const id = orderIdOf(log[0]?.stream ?? streamName('order-none'));
          assert.ok(id);
          assert.equal(projected.changed.get(id)?.order.status, ends);
          const [row] = foldPage(definition, settings, { known: new Map(), events: log });
          assert.deepEqual([row?.state?.status, row?.fault, row?.next], [saga, null, null]);
          assert.deepEqual(rowOfStream(definition, settings, log)?.state, row?.state);
        }
      });
  });

test('the version that is written is among them', () => assert.ok(versions.includes(orderSchemaVersion)));

test('every recording was in one of them', () => {
  assert.deepEqual(
    all.map(({ version, name, type }) => `${version} ${name} ${type}`).filter((name) => !used.has(name)),
    [],
  );
});
