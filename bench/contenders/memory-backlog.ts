/**
 * A backlog of half a million messages, which piles up while the workers stand still: how large each becomes while it works
 * through it. The events are whole lives of orders, paid elsewhere, so that working through them takes minutes, not hours.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { grpcEventStore } from '@eventstream/event-store/grpc';
import { Type } from 'typebox';
import { type RunningSystem, readRunningSystem } from '../../cli/src/up/running-system.ts';
import { readStatus } from '../../cli/src/up/system-status.ts';
import { check, contend, systemTask } from '../harness/contender.ts';
import { largestMb, sampleMemory, showGrowth } from '../harness/memory-use.ts';
import { quiet } from '../harness/open-database.ts';
import { openReadModel } from '../harness/read-model.ts';
import { eventsPerOrder, fillLog } from './fill-log.ts';

const task = Type.Object({ ...systemTask, messages: Type.Integer(), scale: Type.Number() });
const workers = ['paymentworker', 'reviewworker', 'sagacoordinator', 'querymodelworker'];

/** A younger order is charged without a look at the log, and these are paid already. */
const freshMs = 31_000;
const lookEveryMs = 500;
const patienceMs = 30 * 60_000;

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
    await awaitRelay(system);
    await wait(freshMs);
  } finally {
    for (const pid of stopped) process.kill(pid, 'SIGCONT');
  }
  const memory = sampleMemory(system);
  const startedMs = performance.now();
  await awaitNoLag(system);
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

/** Everything is at the broker: only then do the messages wait there. */
async function awaitRelay(system: RunningSystem): Promise<void> {
  await until(async () => !(await lagging(system, ['eventstoresvc'])), 'the relay has not caught up');
}

/** Every worker has worked through everything. */
async function awaitNoLag(system: RunningSystem): Promise<void> {
  await until(async () => !(await lagging(system, ['eventstoresvc', ...workers])), 'the workers have not caught up');
}

async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (!(await holds())) {
    check(performance.now() < untilMs, `${otherwise} after ${patienceMs / 60_000} minutes`);
    await wait(lookEveryMs);
  }
}

/** Whether one of these processes says of itself that it is behind, or cannot be asked. */
async function lagging(system: RunningSystem, names: readonly string[]): Promise<boolean> {
  const parts = system.parts.filter(({ name }) => names.includes(name));
  const { processes, numbers } = await readStatus({ ...system, parts });
  return processes.some(({ state }) => state !== 'ready') || numbers.some(({ name }) => name.endsWith('_lag_events'));
}
