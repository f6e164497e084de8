/** The relay with a backlog: it reads the log from PostgreSQL and publishes every event, fenced, until the copy is whole. */
import { setTimeout as wait } from 'node:timers/promises';
import { nowhere, ordersLog, position, type RecordedEvent } from '@eventstream/contracts';
import { pageEventsMax } from '@eventstream/event-store';
import { connectNats, type JetStreamLogCopy, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { Relay } from '@eventstream/messaging/relay';
import { relayMigrations, SqlRelayLease } from '@eventstream/messaging/sql';
import { migrate } from '@eventstream/platform/sql';
import { Type } from 'typebox';
import { check, contend, storeTask, warmUpOperations } from '../harness/contender.ts';
import { quiet } from '../harness/open-database.ts';
import { openStore } from '../harness/open-store.ts';
import { eventsPerOrder, fillLog } from './fill-log.ts';

const task = Type.Object({ ...storeTask, messagesPerSecond: Type.Integer() });
const lookEveryMs = 2;
const patienceMs = 120_000;

await contend(task, async ({ databaseUrl, natsUrl, seconds, messagesPerSecond }) => {
  const { sql, store } = await openStore(databaseUrl);
  await migrate(sql, { component: 'relay', migrations: relayMigrations });
  const orders = Math.ceil((warmUpOperations + messagesPerSecond * seconds) / eventsPerOrder);
  const messages = orders * eventsPerOrder;
  await fillLog(store, orders);
  const connection = await connectNats({ url: natsUrl, name: 'relay', logger: quiet });
  const copy = await openJetStreamLogCopy({ connection, log: ordersLog });
  await copy.destroy();
  const relay = new Relay({ log: ordersLog, source: store, copy, lease: new SqlRelayLease(sql), logger: quiet });
  const untilMs = performance.now() + patienceMs;
  const published = async (atLeast: number): Promise<{ readonly position: number; readonly atMs: number }> => {
    while (relay.published < atLeast) {
      check(performance.now() < untilMs, `${relay.published} of ${messages} published: ${relay.state.kind}`);
      await wait(lookEveryMs);
    }
    return { position: relay.published, atMs: performance.now() };
  };
  await relay.start();
  const from = await published(warmUpOperations);
  const to = await published(messages);
  const perSecond = (to.position - from.position) / ((to.atMs - from.atMs) / 1000);
  await relay.stop();
  const page = await store.readLog(ordersLog, nowhere, { limit: pageEventsMax });
  await checkCopy(copy, messages, page.events);
  await copy.destroy();
  return { figures: { perSecond } };
});

/** The copy has every position, and its first thousand messages are the log's, byte for byte. */
async function checkCopy(copy: JetStreamLogCopy, messages: number, first: readonly RecordedEvent[]): Promise<void> {
  const state = await copy.inspect();
  const whole = state.kind === 'ours' && state.first === 1 && state.last === messages;
  check(whole, `the copy of ${messages} events is ${JSON.stringify(state)}`);
  for (const event of first) {
    const found = await copy.read(position(event.position));
    const same = found?.event.id === event.id && Buffer.compare(found.event.data, event.data) === 0;
    check(same, `position ${event.position} differs at the broker`);
  }
}
