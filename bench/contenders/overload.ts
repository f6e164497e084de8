/**
 * Ten times as many orders as the product ends in a second. What it accepts must not suffer: as many as at the rate it
 * sustains, each answered within a second, and everything else refused at once with a time to come back. An overload
 * begins with a burst, which is taken in whole, as promised, and waits for seconds; figures are of what comes after it.
 */
import { appendFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { type OrderAnswer, placeOrders } from '../../cli/src/load/place-orders.ts';
import { LoadTally } from '../../cli/src/load/tally.ts';
import { readRunningSystem } from '../../cli/src/up/running-system.ts';
import { check, contend, systemTask } from '../harness/contender.ts';
import { largestMb, sampleMemory } from '../harness/memory-use.ts';
import { openReadModel } from '../harness/read-model.ts';
import { awaitApprovals, loadOptions, placeAndAwait } from './place-and-await.ts';

const task = Type.Object({ ...systemTask, times: Type.Integer(), callers: Type.Integer() });
/**
 * Above the 4,000 that the product admits at once, so that it is the product that refuses; below the 4,096 that Linux lets
 * wait for a listening socket, beyond which it drops connections, and the client's next attempts come 1, 3, 7 and 15 s later.
 */
const inFlightMax = 4_050;
/** By then the burst at the beginning has been answered. */
const burstSeconds = 10;
const standingSecondsMin = 3;

await contend(task, async ({ dataDir, ackedFile, seconds, times, callers }) => {
  const system = readRunningSystem(dataDir);
  const readModel = openReadModel(system);
  const url = system.httpUrl;
  const closed = await placeAndAwait(
    { url, pace: { kind: 'callers', callers }, durationMs: seconds * 1000 },
    readModel,
  );
  const sustained = (closed.acked.length / (closed.endedMs - closed.startedMs)) * 1000;
  const atRate = (perSecond: number) => ({ kind: 'rate', perSecond, inFlightMax }) as const;
  const usual = await placeAndAwait({ url, pace: atRate(sustained), durationMs: seconds * 1000 }, readModel);
  const acceptedAtRest = usual.acked.length / seconds;

  const before = (await readModel.approved()) ?? 0;
  const answers: OrderAnswer[] = [];
  const pace = atRate(sustained * times);
  const standingSeconds = Math.max(seconds, standingSecondsMin);
  const { sent, unsent, startedMs } = await placeOrders(
    loadOptions({ url, pace, durationMs: (burstSeconds + standingSeconds) * 1000 }),
    (answer) => answers.push(answer),
  );
  for (const { outcome } of answers) {
    if (outcome.kind === 'acked') continue;
    check(outcome.kind === 'refused' && outcome.status === 503, `an answer under overload: ${JSON.stringify(outcome)}`);
    check(outcome.retryAfterMs > 0, 'a refusal under overload names no time to come back');
  }
  const acked = answers.flatMap(({ outcome }) => (outcome.kind === 'acked' ? [outcome.orderId] : []));
  // Those that are answered after the offer has ended are not accepted at its rate.
  const fromMs = startedMs + burstSeconds * 1000;
  const inTime = answers.filter(
    ({ outcome, answeredMs }) =>
      outcome.kind === 'acked' && answeredMs >= fromMs && answeredMs < fromMs + standingSeconds * 1000,
  ).length;
  const approvedMeanwhile = ((await readModel.approvedNow()) - before) / (burstSeconds + standingSeconds);
  await awaitApprovals(readModel, before + acked.length);
  await appendFile(ackedFile, [...closed.acked, ...usual.acked, ...acked].map((id) => `${id}\n`).join(''));
  // By when they were answered: what a driver that is late has not sent yet must not make the figure look better.
  const latency = latencyOf(answers.filter(({ answeredMs }) => answeredMs >= fromMs));
  const withBurst = latencyOf(answers);
  const held = sampleMemory(system).stop();
  return {
    figures: { accepted: inTime / standingSeconds, acceptedAtRest, p99Ms: latency.p99 },
    notes: [
      `overload: ${sustained.toFixed(0)} orders/s sustained, ${acceptedAtRest.toFixed(0)}/s accepted at that rate; ${(sent / (burstSeconds + standingSeconds)).toFixed(0)}/s offered (${unsent} of ${sent + unsent} could not be sent), ${acked.length} acked, ${sent - acked.length} refused, ${approvedMeanwhile.toFixed(0)}/s approved meanwhile`,
      `overload: answers of the accepted p50 ${latency.p50.toFixed(0)} ms, p99 ${latency.p99.toFixed(0)} ms; with the burst of its first ${burstSeconds} s p99 ${withBurst.p99.toFixed(0)} ms; the largest service holds ${largestMb(held).toFixed(0)} MB afterwards`,
    ],
  };
});

function latencyOf(answers: readonly OrderAnswer[]) {
  const tally = new LoadTally();
  for (const answer of answers) tally.add(answer);
  const latency = tally.latency();
  check(latency !== undefined, 'under overload no order was acked');
  return latency;
}
