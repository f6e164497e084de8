/**
 * JetStream by itself: messages of an event's size with an event's headers, fenced and named like the relay's, in a window
 * of 1,024, with acks taken from one inbox. That is the fastest a client can be: nothing is read, nobody is asked.
 */
import { randomUUID } from 'node:crypto';
import { incarnation, ordersLog } from '@eventstream/contracts';
import { connectNats, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { newId } from '@eventstream/platform';
import { createInbox, type MsgHdrs, MsgHdrsImpl } from '@nats-io/transport-node';
import { Type } from 'typebox';
import { check, contend, storeTask, warmUpOperations } from '../harness/contender.ts';
import { quiet } from '../harness/open-database.ts';
import { orderJson } from './order-payload.ts';

const task = Type.Object({ ...storeTask, messagesPerSecond: Type.Integer() });
const windowMax = 1_024;

await contend(task, async ({ natsUrl, seconds, messagesPerSecond }) => {
  const messages = warmUpOperations + Math.ceil(messagesPerSecond * seconds);
  const connection = await connectNats({ url: natsUrl, name: 'raw-publish', logger: quiet });
  const copy = await openJetStreamLogCopy({ connection, log: ordersLog });
  await copy.destroy();
  await copy.create(incarnation(newId()));
  const data = Buffer.from(orderJson(1));
  const stream = `order-${newId()}`;
  const inbox = createInbox();
  let [sent, acked] = [0, 0];
  const publishNext = (): void => {
    sent += 1;
    connection.publish('ORDERS.created', data, { headers: headersOf(sent, stream), reply: `${inbox}.${sent}` });
  };
  let startedMs = 0;
  await new Promise<void>((resolve, reject) => {
    connection.subscribe(`${inbox}.*`, {
      callback: (_error, message) => {
        const answer: unknown = message.json();
        const right = typeof answer === 'object' && answer !== null && 'seq' in answer && answer.seq === acked + 1;
        if (!right) return reject(new Error(`message ${acked + 1} was answered ${message.string()}`));
        acked += 1;
        if (acked === warmUpOperations) startedMs = performance.now();
        if (acked === messages) resolve();
        else if (sent < messages) publishNext();
      },
    });
    while (sent < Math.min(windowMax, messages)) publishNext();
  });
  const perSecond = (messages - warmUpOperations) / ((performance.now() - startedMs) / 1000);
  const state = await copy.inspect();
  check(state.kind === 'ours' && state.last === messages, `the stream is ${JSON.stringify(state)}`);
  await copy.destroy();
  return { figures: { perSecond } };
});

/** The names and lengths of an order event's headers. */
function headersOf(position: number, stream: string): MsgHdrs {
  const id = randomUUID();
  return MsgHdrsImpl.fromRecord({
    'ce-specversion': ['1.0'],
    'ce-id': [id],
    'ce-type': ['ORDERS.created'],
    'ce-source': ['/logs/ORDERS'],
    'ce-subject': [stream],
    'ce-time': ['2026-01-01T00:00:00.000Z'],
    'eventstream-position': [String(position)],
    'eventstream-revision': ['1'],
    'eventstream-incarnation': [id],
    'content-type': ['application/json'],
    'meta-schema-version': ['1'],
    'meta-correlation-id': [stream],
    'Nats-Msg-Id': [id],
    'Nats-Expected-Stream': ['ORDERS'],
    'Nats-Expected-Last-Sequence': [String(position - 1)],
  });
}
