/**
 * 200 orders a second, as customers come: how long each takes from the moment it was meant to be sent until the read model
 * says `Approved`. The read model is asked for what is still missing every few milliseconds, which adds to the figure.
 */
import { appendFile } from 'node:fs/promises';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Type } from 'typebox';
import { placeOrders } from '../../cli/src/load/place-orders.ts';
import { readRunningSystem } from '../../cli/src/up/running-system.ts';
import { check, contend, systemTask } from '../harness/contender.ts';
import { openReadModel, type ReadModel } from '../harness/read-model.ts';
import { loadOptions } from './place-and-await.ts';

const task = Type.Object({ ...systemTask, ordersPerSecond: Type.Integer() });
const lookEveryMs = 3;
const patienceMs = 60_000;
const inFlightMax = 2_000;

await contend(task, async ({ dataDir, ackedFile, seconds, ordersPerSecond }) => {
  const system = readRunningSystem(dataDir);
  const readModel = openReadModel(system);
  await approvalTimes({ url: system.httpUrl, readModel, ordersPerSecond, seconds: 1 });
  const { latency, acked } = await approvalTimes({ url: system.httpUrl, readModel, ordersPerSecond, seconds });
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
  let lastMs = performance.now();
  while (placing || waiting.size > 0) {
    const approved = waiting.size === 0 ? [] : await o.readModel.approvedOf([...waiting.keys()]);
    const nowMs = performance.now();
    if (approved.length > 0) lastMs = nowMs;
    check(nowMs - lastMs < patienceMs, `${waiting.size} orders have no end`);
    for (const id of approved) {
      latency.record(Math.max(1, Math.round((nowMs - (waiting.get(id) ?? nowMs)) * 1000)));
      waiting.delete(id);
    }
    await wait(lookEveryMs);
  }
  const { unsent } = await placed;
  check(unsent === 0, `${unsent} orders were not sent: too many were under way`);
  return { latency, acked };
}
