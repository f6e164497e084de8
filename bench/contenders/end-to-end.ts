/**
 * The whole product: orders over HTTP until each is `Approved` in the read model. The rate is over the time from the first
 * POST to the last approval, so that a backlog counts. The load driver runs in this process, on the same machine.
 */
import { appendFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { LoadTally } from '../../cli/src/load/tally.ts';
import { readRunningSystem } from '../../cli/src/up/running-system.ts';
import { contend, systemTask } from '../harness/contender.ts';
import { cpuByProcess, showCpu } from '../harness/cpu-time.ts';
import { openReadModel } from '../harness/read-model.ts';
import { placeAndAwait } from './place-and-await.ts';

const task = Type.Object({ ...systemTask, callers: Type.Integer() });
const eventsPerOrder = 3;
/** For this program: the system is warm. */
const warmUpSeconds = 1;

await contend(task, async ({ dataDir, ackedFile, callers, seconds }) => {
  const system = readRunningSystem(dataDir);
  const readModel = openReadModel(system);
  const place = (durationSeconds: number) =>
    placeAndAwait(
      { url: system.httpUrl, pace: { kind: 'callers', callers }, durationMs: durationSeconds * 1000 },
      readModel,
    );
  await place(Math.min(warmUpSeconds, seconds));
  const before = cpuByProcess(system);
  const { acked, answers, startedMs, endedMs } = await place(seconds);
  const cpu = showCpu(before, cpuByProcess(system), acked.length);
  await appendFile(ackedFile, acked.map((id) => `${id}\n`).join(''));
  const tally = new LoadTally();
  for (const answer of answers) tally.add(answer);
  const { p50 = 0, p99 = 0 } = tally.latency() ?? {};
  const ordersPerSecond = acked.length / ((endedMs - startedMs) / 1000);
  return {
    figures: { ordersPerSecond, eventsPerSecond: ordersPerSecond * eventsPerOrder },
    notes: [
      `${callers} callers: ${ordersPerSecond.toFixed(0)} orders/s, POST p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
      cpu,
    ],
  };
});
