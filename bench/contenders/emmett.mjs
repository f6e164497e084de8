/**
 * Emmett's event store on PostgreSQL, with the same payload, streams and expected revisions. Plain JavaScript, because its
 * types are there only after the first run has installed it.
 */

import { randomUUID } from 'node:crypto';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { Type } from 'typebox';
import { check, contend, storeTask, warmUpOperations } from '../harness/contender.ts';
import { openDatabase } from '../harness/open-database.ts';
import { orderJson } from './order-payload.ts';

const task = Type.Object({ ...storeTask, callers: Type.Integer() });
const eventsPerStream = 3;

await contend(task, async ({ databaseUrl, seconds, callers }) => {
  const store = getPostgreSQLEventStore(databaseUrl);
  await store.schema.migrate();
  let untilMs = Number.POSITIVE_INFINITY;
  let [answered, stored] = [0, 0];
  const caller = async () => {
    while (performance.now() < untilMs) {
      const stream = `order-${randomUUID()}`;
      for (let seen = 0; seen < eventsPerStream && performance.now() < untilMs; seen += 1) {
        const event = { type: 'created', data: JSON.parse(orderJson(seen)), metadata: { correlationId: stream } };
        const expectedStreamVersion = seen === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(seen);
        const { nextExpectedStreamVersion } = await store.appendToStream(stream, [event], { expectedStreamVersion });
        check(nextExpectedStreamVersion === BigInt(seen + 1), `a stream is at ${nextExpectedStreamVersion}`);
        stored += 1;
        const now = performance.now();
        if (stored === warmUpOperations) untilMs = now + seconds * 1000;
        else if (stored > warmUpOperations && now < untilMs) answered += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const [row] = await openDatabase(databaseUrl).query('select count(*) from emt_messages');
  check(row.count === BigInt(stored), `${stored} events were acked, its table has ${String(row.count)}`);
  return { figures: { perSecond: answered / seconds } };
});
