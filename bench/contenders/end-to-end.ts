/**
 * The whole product: orders over HTTP until each is `Approved` in the read model. The rate is over the time from the first
 * POST to the last approval, so that a backlog counts. The load driver runs in this process, on the same machine.
 */
import { appendFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Type } from 'typebox';
import { plainOrders } from '../../cli/src/load/mix.ts';
import { type OrderAnswer, placeOrders } from '../../cli/src/load/place-orders.ts';
import { LoadTally } from '../../cli/src/load/tally.ts';
import { type RunningSystem, readRunningSystem } from '../../cli/src/up/running-system.ts';
import { check, contend, systemTask } from '../harness/contender.ts';
import { cpuByProcess, showCpu } from '../harness/cpu-time.ts';
import { openReadModel, type ReadModel } from '../harness/read-model.ts';

const task = Type.Object({ ...systemTask, callers: Type.Integer() });
const eventsPerOrder = 3;
const warmUpSeconds = 1;
const lookEveryMs = 10;
const endsWithinMs = 60_000;

await contend(task, async ({ dataDir, ackedFile, callers, seconds }) => {
  const system = readRunningSystem(dataDir);
  const readModel = openReadModel(system);
  await placeAndAwait(system, readModel, { callers, seconds: Math.min(warmUpSeconds, seconds) });
  const before = cpuByProcess(system);
  const { acked, answers, startedMs, endedMs } = await placeAndAwait(system, readModel, { callers, seconds });
  const cpu = showCpu(before, cpuByProcess(system), acked.length);
  await appendFile(ackedFile, acked.map((id) => `${id}\n`).join(''));
  const tally = new LoadTally();
  for (const answer of answers) tally.add(answer);
  const ordersPerSecond = acked.length / ((endedMs - startedMs) / 1000);
  const latency = tally.latency();
  return {
    figures: { ordersPerSecond, eventsPerSecond: ordersPerSecond * eventsPerOrder },
    notes: [
      `${callers} callers: ${ordersPerSecond.toFixed(0)} orders/s, POST p50 ${latency?.p50.toFixed(1)} ms, p99 ${latency?.p99.toFixed(1)} ms`,
      cpu,
    ],
  };
});

async function placeAndAwait(
  { httpUrl }: RunningSystem,
  readModel: ReadModel,
  { callers, seconds }: { readonly callers: number; readonly seconds: number },
) {
  const approvedBefore = await readModel.approved();
  const answers: OrderAnswer[] = [];
  const { startedMs, sent } = await placeOrders(
    {
      url: httpUrl,
      pace: { kind: 'callers', callers },
      countMax: Number.POSITIVE_INFINITY,
      durationMs: seconds * 1000,
      mix: plainOrders,
      run: `bench-${process.pid}-${performance.timeOrigin}-${performance.now()}`,
      retriesMax: 0,
      answerWithinMs: 30_000,
      signal: new AbortController().signal,
    },
    (answer) => answers.push(answer),
  );
  const acked = answers.flatMap(({ outcome }) => (outcome.kind === 'acked' ? [outcome.orderId] : []));
  check(acked.length === sent, `${sent - acked.length} of ${sent} orders were not acked`);
  const untilMs = performance.now() + endsWithinMs;
  for (;;) {
    // Counting takes a while, so it is done only when there may be nothing left to wait for.
    const approved = (await readModel.moving()) ? 0 : (await readModel.approved()) - approvedBefore;
    if (approved === acked.length) break;
    check(approved < acked.length, `${approved} orders are approved, ${acked.length} were placed`);
    check(performance.now() < untilMs, `${acked.length - approved} orders have no end after ${endsWithinMs / 1000} s`);
    await wait(lookEveryMs);
  }
  return { acked, answers, startedMs, endedMs: performance.now() };
}
