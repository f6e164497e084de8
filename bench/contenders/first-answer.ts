/** One caller, one order at a time: how long a POST takes to its 201, which says that the order is durable. */
import { appendFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { LoadTally } from '../../cli/src/load/tally.ts';
import { readRunningSystem } from '../../cli/src/up/running-system.ts';
import { check, contend, systemTask } from '../harness/contender.ts';
import { openReadModel } from '../harness/read-model.ts';
import { placeAndAwait } from './place-and-await.ts';

await contend(Type.Object(systemTask), async ({ dataDir, ackedFile, seconds }) => {
  const system = readRunningSystem(dataDir);
  const readModel = openReadModel(system);
  const place = () =>
    placeAndAwait(
      { url: system.httpUrl, pace: { kind: 'callers', callers: 1 }, durationMs: seconds * 1000 },
      readModel,
    );
  await place(); // the driver's own code is cold, and it works on the same processors
  const { acked, answers } = await place();
  await appendFile(ackedFile, acked.map((id) => `${id}\n`).join(''));
  const tally = new LoadTally();
  for (const answer of answers) tally.add(answer);
  const latency = tally.latency();
  check(latency !== undefined, 'no order was acked');
  return { figures: { p50Ms: latency.p50 } };
});
