/**
 * 200 orders a second, as customers come: how long each takes from the moment it was meant to be sent until the read model
 * says `Approved`.
 *
 * To ask for each order that is under way would take the processors that are being measured. So the read model is asked
 * every few milliseconds, which adds to the figure, only how far it has got, and afterwards at which position each order
 * was approved. That tells the same, because a page's rows and its checkpoint are committed together (`writePage`, one
 * statement): at the first checkpoint at or beyond an approval a reader finds the order approved, and before it does not.
 */
import { appendFile } from 'node:fs/promises';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Type } from 'typebox';
import { placeOrders } from '../../cli/src/load/place-orders.ts';
import { readRunningSystem } from '../../cli/src/up/running-system.ts';
import { check, contend, systemTask } from '../harness/contender.ts';
import { openReadModel, type ReadModel } from '../harness/read-model.ts';
import { SeenCheckpoints } from '../harness/seen-checkpoints.ts';
import { loadOptions } from './place-and-await.ts';

const task = Type.Object({ ...systemTask, ordersPerSecond: Type.Integer() });
const lookEveryMs = 3;
/** Rarely: once placing has ended, nearly all are approved by then, and the few that are not are hardly disturbed. */
const readEveryMs = 250;
const patienceMs = 60_000;
const inFlightMax = 2_000;

await contend(task, async ({ dataDir, ackedFile, seconds, ordersPerSecond }) => {
  const system = readRunningSystem(dataDir);
  const readModel = openReadModel(system);
  const rate = { url: system.httpUrl, readModel, ordersPerSecond, seconds };
  await approvalTimes(rate); // the driver's own code is cold, and it works on the same processors
  const { latency, acked } = await approvalTimes(rate);
  await appendFile(ackedFile, acked.map((id) => `${id}\n`).join(''));
  return { figures: { p50Ms: latency.percentile(50) / 1000, p99Ms: latency.percentile(99) / 1000 } };
});

async function approvalTimes(o: {
  readonly url: string;
  readonly readModel: ReadModel;
  readonly ordersPerSecond: number;
  readonly seconds: number;
}) {
  const waiting = new Map<string, number>();
  const acked: string[] = [];
  const latency = createHistogram();
  const checkpoints = new SeenCheckpoints();
  const lookWhile = async (goesOn: () => boolean): Promise<void> => {
    while (goesOn()) {
      const checkpoint = await o.readModel.checkpoint();
      checkpoints.saw(checkpoint, performance.now());
      await wait(lookEveryMs);
    }
  };
  const pace = { kind: 'rate', perSecond: o.ordersPerSecond, inFlightMax } as const;
  let placing = true;
  const placed = placeOrders(
    loadOptions({ url: o.url, pace, durationMs: o.seconds * 1000 }),
    ({ outcome, intendedMs }) => {
      check(outcome.kind === 'acked', `an order was not acked: ${JSON.stringify(outcome)}`);
      acked.push(outcome.orderId);
      waiting.set(outcome.orderId, intendedMs);
    },
  ).finally(() => (placing = false));
  const [{ unsent }] = await Promise.all([placed, lookWhile(() => placing)]);
  check(unsent === 0, `${unsent} orders were not sent: too many were under way`);
  let lastMs = performance.now();
  while (waiting.size > 0) {
    const readAtMs = performance.now() + readEveryMs;
    await lookWhile(() => performance.now() < readAtMs);
    // Nothing follows an approval, so the last event in the row of an approved order is the one that approved it.
    for (const [id, approvedAt] of await o.readModel.approvedAt([...waiting.keys()])) {
      const reachedMs = checkpoints.reachedMs(approvedAt);
      // Approved since the last look: the next one will have it.
      if (reachedMs === undefined) continue;
      latency.record(Math.max(1, Math.round((reachedMs - (waiting.get(id) ?? reachedMs)) * 1000)));
      waiting.delete(id);
      lastMs = performance.now();
    }
    check(performance.now() - lastMs < patienceMs, `${waiting.size} orders have no end`);
  }
  return { latency, acked };
}
