/**
 * Places orders until a system that was just started runs compiled code: its first thousands cost twice as much as
 * later ones. Counted by orders, because a slow machine needs as many of them as a quick one.
 */
import { appendFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { readRunningSystem } from '../../cli/src/up/running-system.ts';
import { contend, systemTask } from '../harness/contender.ts';
import { openReadModel } from '../harness/read-model.ts';
import { placeAndAwait } from './place-and-await.ts';

const task = Type.Object({ ...systemTask, warmUpOrders: Type.Integer() });
const callers = 64;

await contend(task, async ({ dataDir, ackedFile, warmUpOrders }) => {
  const system = readRunningSystem(dataDir);
  const wish = { url: system.httpUrl, pace: { kind: 'callers', callers }, countMax: warmUpOrders } as const;
  const { acked } = await placeAndAwait(wish, openReadModel(system));
  await appendFile(ackedFile, acked.map((id) => `${id}\n`).join(''));
  return {};
});
