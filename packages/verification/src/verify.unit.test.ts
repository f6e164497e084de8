/** The walk over all sources side by side, where a database hands streams out in an order of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incarnation, position, type RecordedEvent, revision, streamName } from '@eventstream/contracts';
import { newId, systemClock } from '@eventstream/platform';
import { unreachableCopy } from './checks/check-copy.ts';
import { lives, soundEvidence } from './lives.fixture.ts';
import type { Keyed } from './sorted-cursor.ts';
import type { VerificationSources } from './verification-sources.ts';
import { verify } from './verify.ts';

async function* each<T>(...entries: readonly T[]): AsyncGenerator<T> {
  yield* entries;
}

/** A sound order, and the same event in two streams that are no order's; all of it in the order of a language. */
function inTheOrderOfWords(change: (events: readonly RecordedEvent[]) => readonly RecordedEvent[] = (same) => same) {
  const { evidence, progress } = soundEvidence(lives.approved);
  const [first] = evidence.events;
  assert(first && evidence.row && evidence.payment && evidence.intent && evidence.saga);
  const { stream: key, row, payment, intent, saga } = evidence;
  const head = position(evidence.events.length + 2);
  const stranger = (name: string, at: number): Keyed<readonly RecordedEvent[]> => ({
    key: name,
    value: change([{ ...first, stream: streamName(name), position: position(at) }]),
  });
  const sources: VerificationSources = {
    progress: async () => progress,
    setAside: async () => new Map(),
    density: async () => ({
      head,
      incarnation: incarnation(newId()),
      count: head,
      first: position(1),
      last: head,
      repeatedId: undefined,
    }),
    forbiddenRights: async () => [],
    missing: async () => [],
    generation: async () => 1n,
    streams: () => each(stranger('abacus-1', 4), { key, value: evidence.events }, stranger('order-AB', 5)),
    rows: () => each({ key, value: row }),
    payments: () => each({ key, value: payment }),
    intents: () => each({ key, value: intent }),
    sagas: () => each({ key, value: saga }, { key: 'order-AB', value: saga }),
  };
  return { log: first.log, sources, copy: unreachableCopy('there is none'), clock: systemClock };
}

test('streams that are no order’s keep nobody from verifying, in whichever order a database has their names', async () => {
  const { promises, orders } = await verify(inTheOrderOfWords());
  assert.deepEqual(
    promises.flatMap(({ first }) => first ?? []),
    [],
  );
  assert.equal(orders, 1);
  assert.equal(promises.find(({ promise }) => promise === 'streams')?.examined, 3);
});

test('what is wrong with such a stream is named all the same', async () => {
  const { promises } = await verify(
    inTheOrderOfWords((events) => events.map((event) => ({ ...event, revision: revision(event.position) }))),
  );
  const { first, differences } = promises.find(({ promise }) => promise === 'streams') ?? {};
  assert.match(first?.message ?? '', /stream abacus-1 has revision 4 where 1 belongs/);
  assert.equal(differences, 2);
});
