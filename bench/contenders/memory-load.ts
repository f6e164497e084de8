/** Five minutes at full load: how large each service becomes, and whether it still grows. */
import { appendFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { readRunningSystem } from '../../cli/src/up/running-system.ts';
import { contend, systemTask } from '../harness/contender.ts';
import { largestMb, sampleMemory, showGrowth } from '../harness/memory-use.ts';
import { openReadModel } from '../harness/read-model.ts';
import { placeAndAwait } from './place-and-await.ts';

const task = Type.Object({
  ...systemTask,
  callers: Type.Integer(),
  loadSeconds: Type.Integer(),
  scale: Type.Number(),
});
/** Full load for so long may be more than may wait: callers come back when they are told to, and each order is acked in the end. */
const retriesMax = 100;
/** The last half minute decides: what a service needs to start is forgotten by then. */
const lastSamples = 30;

await contend(task, async ({ dataDir, ackedFile, callers, loadSeconds, scale }) => {
  const system = readRunningSystem(dataDir);
  const memory = sampleMemory(system);
  const wish = {
    url: system.httpUrl,
    pace: { kind: 'callers', callers },
    durationMs: loadSeconds * scale * 1000,
    retriesMax,
  } as const;
  const { acked } = await placeAndAwait(wish, openReadModel(system));
  const samples = memory.stop();
  await appendFile(ackedFile, acked.map((id) => `${id}\n`).join(''));
  return {
    figures: { largestMb: largestMb(samples, lastSamples) },
    notes: [`memory at full load, ${acked.length} orders: ${showGrowth(samples)}`],
  };
});
