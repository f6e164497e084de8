/** A broker that goes away, forgets its newest messages, or all of them; in a cluster, leaders that do. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ordersLog } from '@eventstream/contracts';
import type { Draw } from '../draw.ts';
import { pause } from '../pause.ts';
import { copyStore } from '../stage/broker.ts';
import type { Stage } from '../stage/stage.ts';
import type { Fault } from './fault.ts';

const headMovesWithinMs = 60_000;
const lookEveryMs = 100;

type Inflict = Fault['inflict'];
const fault = (name: string, inflict: Inflict): Fault => ({ name, family: 'broker', lane: 'surroundings', inflict });

/** Faults of a broker that is alone. */
export const brokerFaults: readonly Fault[] = [
  fault('restart the broker', async ({ broker }, draw, over) => {
    await broker.restart(0, () => pause(draw.between(0, 3_000), over));
    return 1;
  }),
  fault('kill the broker', async ({ broker }) => {
    await broker.kill(0);
    return 1;
  }),
  fault('restore the broker from an older copy', async ({ broker, folder, postgres }, draw, over) => {
    const older = join(folder, 'older-store');
    await broker.restart(0, (store) => copyStore(store, older));
    const before = await headOf(postgres);
    await pause(draw.between(500, 3_000), over);
    // What is stored meanwhile, the broker will have lost again: there has to be something.
    const untilMs = performance.now() + headMovesWithinMs;
    while ((await headOf(postgres)) === before && performance.now() < untilMs && !over.aborted)
      await pause(lookEveryMs, over);
    await broker.restart(0, (store) => copyStore(older, store));
    return Number((await headOf(postgres)) > before);
  }),
  fault('wipe the broker', async ({ broker }) => {
    await broker.restart(0, (store) => rmSync(store, { recursive: true, force: true }));
    return 1;
  }),
  fault('pause the broker', async ({ broker }, draw, over) =>
    stopped(broker.pidOf(0), draw.between(3_000, 9_000), over),
  ),
];

/** Faults of three nodes. */
export const clusterFaults: readonly Fault[] = [
  fault('kill the leader of the stream', async (on) => {
    await on.broker.kill(await leader(on));
    return 1;
  }),
  fault('pause the leader of the stream', async (on, draw, over) =>
    stopped(on.broker.pidOf(await leader(on)), draw.between(3_000, 12_000), over),
  ),
  fault('restart the leader of the stream', async (on, draw, over) => {
    await on.broker.restart(await leader(on), () => pause(draw.between(0, 3_000), over));
    return 1;
  }),
  fault('kill a node that follows', async (on, draw) => {
    await on.broker.kill(await follower(on, draw));
    return 1;
  }),
  fault('wipe a node that follows', async (on, draw) => {
    await on.broker.restart(await follower(on, draw), (store) => rmSync(store, { recursive: true, force: true }));
    return 1;
  }),
  fault('kill two nodes of three', async (on, draw) => {
    const first = draw.whole(0, 2);
    await Promise.all([on.broker.kill(first), on.broker.kill((first + 1) % 3)]);
    return 2;
  }),
  fault('restart all nodes, one after another', async ({ broker }) => {
    for (const at of [0, 1, 2]) await broker.restart(at);
    return 3;
  }),
];

/** SIGSTOP, and SIGCONT after a while. */
async function stopped(pid: number | undefined, ms: number, over: AbortSignal): Promise<number> {
  if (pid === undefined) return 0;
  process.kill(pid, 'SIGSTOP');
  await pause(ms, over);
  process.kill(pid, 'SIGCONT');
  return 1;
}

async function leader({ broker }: Stage): Promise<number> {
  const at = await broker.leaderOf(ordersLog);
  if (at === undefined) throw new Error('the stream has no leader at the moment');
  return at;
}

async function follower(on: Stage, draw: Draw): Promise<number> {
  return ((await leader(on)) + draw.whole(1, 2)) % 3;
}

async function headOf(postgres: Stage['postgres']): Promise<bigint> {
  const rows = await postgres.asAdmin('eventstoredb', (sql) =>
    sql.query<{ position: bigint }>('select position from log_heads where log = $1', [ordersLog]),
  );
  return rows[0]?.position ?? 0n;
}
