/**
 * What has to be true: the promises, by the product's own verification; that everything comes to rest once the faults
 * have stopped; and that the log agrees with what the clients were told.
 */
import { decodeOrderEvent, type OrderEvent, orderEventTypes, orderStream, ordersLog } from '@eventstream/contracts';
import { foldOrder, hasEnded } from '@eventstream/domain';
import { copyCheck, unreachableCopy, verify } from '@eventstream/verification';
import type { OrderHistory } from '../world/clients.ts';
import type { Databases } from '../world/databases.ts';
import type { WorldTime } from '../world/world-time.ts';
import { markedConsumers, memorySources, wholeLog } from './evidence.ts';

/** What was broken, in words that name the promise. */
export interface Broken {
  readonly promise: string;
  readonly message: string;
}

/** Every promise of the platform, now. Undefined when all hold. */
export function checkPromises(databases: Databases, time: WorldTime): Promise<Broken | undefined> {
  return time.instantly(async () => {
    const copy = copyCheck(ordersLog, databases.store, databases.broker.copyOf(ordersLog));
    // A copy that cannot be looked at, or is being made anew, breaks nothing while faults happen.
    const isThere =
      (await databases.broker
        .lagOf(ordersLog)
        .copyLast()
        .catch(() => undefined)) !== undefined;
    const report = await verify({
      log: ordersLog,
      sources: memorySources(databases),
      copy: isThere ? copy : unreachableCopy('it is away, or being made anew'),
      clock: time,
    });
    const line = report.promises.find(({ verdict }) => verdict === 'broken');
    if (line === undefined) return undefined;
    return { promise: `${line.number}, ${line.says}`, message: line.first?.message ?? 'broken' };
  });
}

/** Whoever reads the whole log. */
const followers = ['sagacoordinator', 'querymodelworker'] as const;

/** Why the platform is not at rest; undefined when it is. */
export function whatStillMoves(databases: Databases, time: WorldTime): Promise<string | undefined> {
  return time.instantly(async () => {
    const { store, orders, sagas, ledger, broker } = databases;
    const { position: head } = await store.head(ordersLog);
    const behind = (who: string, at: number): string => `${who} is at ${at}, the log at ${head}`;
    const readModel = (await orders.sink.checkpoint()).position;
    if (readModel < head) return behind('the read model', readModel);
    const coordinator = (await sagas.checkpoint()).position;
    if (coordinator < head) return behind('the coordinator', coordinator);
    const copyLast = await broker.lagOf(ordersLog).copyLast();
    if (copyLast === undefined || copyLast < head) return behind('the copy at the broker', copyLast ?? 0);
    const open = orders.rows().find(({ folded }) => !hasEnded(folded.order));
    if (open) return `order ${open.folded.order.details.orderId} is ${open.folded.order.status}`;
    const [waiting] = ledger.waiting();
    if (waiting) return `${waiting.consumer} still has ${waiting.type} at ${waiting.position} waiting`;
    const [letter] = await ledger.desk.list({ state: 'open', limit: 1 });
    if (letter) return `a dead letter of ${letter.consumer} is open: ${letter.reason}`;
    const due = (await sagas.list({ limit: 1_000 })).sagas.find(({ row }) => row.next !== null);
    if (due) return `the saga of ${due.row.stream} has ${due.row.next?.kind} due`;
    for (const name of [...markedConsumers, ...followers]) {
      const lag = await broker.lagOf(ordersLog).consumerLag(name);
      if (lag === undefined) return `consumer ${name} does not exist`;
      if (lag.pending > 0 || lag.unsettled > 0)
        return `${lag.pending + lag.unsettled} deliveries of ${name} are not settled`;
    }
    return undefined;
  });
}

/** Whether what clients were told is in the log. */
export async function checkHistory(
  databases: Databases,
  histories: readonly OrderHistory[],
): Promise<Broken | undefined> {
  const byStream = Map.groupBy(await wholeLog(databases), ({ stream }) => stream);
  const created = [...byStream.values()].filter(([first]) => first?.type === orderEventTypes.created);
  if (created.length > histories.length)
    return broken(3, `${histories.length} orders were placed, and the log has ${created.length}`);
  for (const { number, ids, cancel, review } of histories) {
    const [id, other] = ids;
    if (id === undefined) return broken(3, `order ${number} was never answered`);
    if (other !== undefined) return broken(3, `the key of order ${number} led to two orders, ${id} and ${other}`);
    const events = byStream.get(orderStream(id));
    if (events === undefined) return broken(3, `order ${number} was acknowledged and is not in the log`);
    const facts: OrderEvent[] = events.map(decodeOrderEvent);
    const order = foldOrder(facts);
    if (order.status === 'none' || !hasEnded(order)) return broken('liveness', `order ${number} has no end`);
    const contradicts = (told: string): Broken => broken(6, `order ${number}: ${told}, and it ended ${order.status}`);
    if (cancel === 'accepted' && order.status !== 'Cancelled') return contradicts('its cancellation was accepted');
    if (cancel === 'refused' && order.status !== 'Approved')
      return contradicts('its cancellation was refused as too late');
    if (review?.answer === 'accepted' && (order.status === 'Approved') !== (review.decision === 'approve'))
      return contradicts(`a person's ${review.decision} was accepted`);
  }
  return undefined;
}

function broken(promise: number | string, message: string): Broken {
  return { promise: typeof promise === 'number' ? `${promise}, as the clients were told` : promise, message };
}
