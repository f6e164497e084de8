/**
 * Places orders until a system that was just started runs compiled code: its first thousands cost twice as much as
 * later ones. Counted by orders, because a slow machine needs as many of them as a quick one. A fifth more follow at the rate
 * of the latency rows, where batches are small and other code is the busy one.
 */
import { appendFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { readRunningSystem } from '../../cli/src/up/running-system.ts';
import { contend, systemTask } from '../harness/contender.ts';
import { openReadModel } from '../harness/read-model.ts';
import { placeAndAwait } from './place-and-await.ts';

const task = Type.Object({ ...systemTask, warmUpOrders: Type.Integer() });
const callers = 64;
const slowly = { kind: 'rate', perSecond: 200, inFlightMax: 2_000 } as const;

await contend(task, async ({ dataDir, ackedFile, warmUpOrders }) => {
  const system = readRunningSystem(dataDir);
  const readModel = openReadModel(system);
  const paces = [
    { pace: { kind: 'callers', callers }, countMax: warmUpOrders },
    { pace: slowly, countMax: Math.ceil(warmUpOrders / 5) },
  ] as const;
  for (const wish of paces) {
    const { acked } = await placeAndAwait({ url: system.httpUrl, ...wish }, readModel);
    await appendFile(ackedFile, acked.map((id) => `${id}\n`).join(''));
  }
  return {};
});
