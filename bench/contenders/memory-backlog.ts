/**
 * A backlog of half a million messages, which piles up while the workers stand still: how large each becomes while it works
 * through it. The events are whole lives of orders, paid elsewhere, so that working through them takes minutes, not hours.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { eventually } from '@eventstream/testing/eventually';
import { Type } from 'typebox';
import { type RunningSystem, readRunningSystem } from '../../cli/src/up/running-system.ts';
import { askProcesses } from '../../cli/src/up/system-status.ts';
import { check, contend, systemTask } from '../harness/contender.ts';
import { largestMb, sampleMemory, showGrowth } from '../harness/memory-use.ts';
import { quiet } from '../harness/open-database.ts';
import { openReadModel } from '../harness/read-model.ts';
import { eventsPerOrder, fillLog } from './fill-log.ts';

const task = Type.Object({ ...systemTask, messages: Type.Integer(), scale: Type.Number() });
const workers = ['paymentworker', 'reviewworker', 'sagacoordinator', 'querymodelworker'];

/** A younger order is charged without a look at the log, and these are paid already. */
const freshMs = 31_000;
/** Seldom, because a look asks every process, whose memory is measured meanwhile. */
const patience = { withinMs: 30 * 60_000, everyMs: 500 };

await contend(task, async ({ dataDir, messages, scale }) => {
  const system = readRunningSystem(dataDir);
  const stopped = system.parts.filter(({ name }) => workers.includes(name)).flatMap(({ pid }) => pid ?? []);
  check(stopped.length === workers.length, 'not every worker runs');
  const orders = Math.ceil((messages * scale) / eventsPerOrder);
  const readModel = openReadModel(system);
  const before = (await readModel.approved()) ?? 0;
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  try {
    const store = grpcEventStore({ address: system.eventstoreAddress, logger: quiet });
    await fillLog(store, orders, 'paid elsewhere');
    await untilCaughtUp(system, ['eventstoresvc']); // everything is at the broker: only then do the messages wait there
    await wait(freshMs);
  } finally {
    for (const pid of stopped) process.kill(pid, 'SIGCONT');
  }
  const memory = sampleMemory(system);
  const startedMs = performance.now();
  await untilCaughtUp(system, ['eventstoresvc', ...workers]);
  const seconds = (performance.now() - startedMs) / 1000;
  const samples = memory.stop();
  const approved = ((await readModel.approved()) ?? 0) - before;
  check(approved === orders, `${orders} orders were written, ${approved} more are approved`);
  return {
    figures: { largestMb: largestMb(samples) },
    notes: [
      `memory with a backlog of ${orders * eventsPerOrder} messages, gone in ${seconds.toFixed(0)} s: ${showGrowth(samples)}`,
    ],
  };
});

/** Each of these processes says of itself that it is not behind. */
async function untilCaughtUp(system: RunningSystem, names: readonly string[]): Promise<void> {
  const parts = system.parts.filter(({ name }) => names.includes(name));
  await eventually(
    async () => {
      const { processes, numbers } = await askProcesses(parts);
      return {
        notReady: processes.filter(({ state }) => state !== 'ready').map(({ name }) => name),
        behind: numbers.filter(({ name }) => name.endsWith('_lag_events')),
      };
    },
    ({ notReady, behind }) => notReady.length === 0 && behind.length === 0,
    patience,
  );
}
