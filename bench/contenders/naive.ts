/** The naive build, 64 callers: the same orders, the same provider, the same servers. See naive/README.md. */
import { Type } from 'typebox';
import { contend, systemTask } from '../harness/contender.ts';
import { startNaive } from '../naive/start.ts';
import { placeAndAwait } from './place-and-await.ts';

const task = Type.Object({
  ...systemTask,
  callers: Type.Integer(),
  ordersPerSecond: Type.Integer(),
  naiveWarmUpOrders: Type.Integer(),
});

await contend(task, async ({ databaseUrl, natsUrl, callers, seconds, ordersPerSecond, naiveWarmUpOrders }) => {
  const naive = await startNaive(databaseUrl, natsUrl);
  const pace = { kind: 'callers', callers } as const;
  await placeAndAwait({ url: naive.httpUrl, pace, countMax: naiveWarmUpOrders }, naive); // warm-up
  // A number of orders, not a time: it takes them several times as fast as it ends them.
  const countMax = Math.ceil(ordersPerSecond * seconds);
  const { acked, startedMs, endedMs } = await placeAndAwait({ url: naive.httpUrl, pace, countMax }, naive);
  await naive.stop();
  return { figures: { ordersPerSecond: acked.length / ((endedMs - startedMs) / 1000) } };
});
