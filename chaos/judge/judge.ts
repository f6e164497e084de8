/** The end of a run: when everything is whole again, does it come to rest, does every promise hold, was any client lied to? */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { orderEventTypes, ordersLog } from '@eventstream/contracts';
import { messageOf } from '@eventstream/platform';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { History } from '../load/history.ts';
import type { Stage } from '../stage/stage.ts';
import { compare, type Lie } from './compare.ts';
import { readStoredOrders } from './stored-orders.ts';

/** What was found. */
export interface Judgement {
  /** Why it did not become ready, come to rest, or could not be verified; undefined when it did. */
  readonly unrest: string | undefined;
  /** What `eventstream verify` found broken, one line each. */
  readonly broken: readonly string[];
  /** Events that somebody gave up on. No fault of a run is a reason to. */
  readonly deadLetters: number;
  readonly lies: readonly Lie[];
  readonly orders: number;
  /** From the end of the last fault until every order had its end. */
  readonly restAfterMs: number;
}

const readyWithinMs = 60_000;
/** Deliveries of a killed worker come back after 30 s, deadlines pass after 20 s, voids are tried again. */
const restWithinMs = 150_000;
const verifyWithinSeconds = 30;
/** A server that was slow for seconds, on a machine that has much to do, is asked again: that nobody could look shows nothing. */
const verifyTriesMax = 3;
const lookEveryMs = 500;

/** Judges a stage on which nothing is broken any more. */
export async function judge(stage: Stage, history: History, signal: AbortSignal): Promise<Judgement> {
  const sinceMs = performance.now();
  const unrest = await comesToRest(stage, signal).then(() => undefined, messageOf);
  const restAfterMs = performance.now() - sinceMs;
  const found = await verify(stage, history, { signal, waits: unrest === undefined });
  const stored = await readStoredOrders(stage.postgres);
  return {
    unrest: unrest ?? found.complaint,
    broken: found.broken,
    deadLetters: found.deadLetters,
    lies: compare(history.orders, stored),
    orders: stored.size,
    restAfterMs,
  };
}

/** Every service is ready and every order has its end; throws what is not. */
async function comesToRest({ system, postgres }: Stage, signal: AbortSignal): Promise<void> {
  await system.ready(readyWithinMs);
  const untilMs = performance.now() + restWithinMs;
  for (;;) {
    const open = await postgres.asAdmin('eventstoredb', async (sql) => {
      const [row] = await sql.query<{ open: bigint }>(
        'select count(*) filter (where type = $2) - count(*) filter (where type in ($3, $4)) as open from events where log = $1',
        [ordersLog, orderEventTypes.created, orderEventTypes.approved, orderEventTypes.cancelled],
      );
      return row?.open ?? 0n;
    });
    if (open === 0n) return;
    signal.throwIfAborted();
    if (performance.now() > untilMs)
      throw new Error(`${open} orders have come to no end within ${restWithinMs / 1000} s`);
    await wait(lookEveryMs, undefined, { signal });
  }
}

const tally = Type.Object({ count: Type.Integer() });
const report = Compile(
  Type.Object({
    /** Null: nothing is broken, and something could not be checked this time. */
    holds: Type.Union([Type.Boolean(), Type.Null()]),
    promises: Type.Array(
      Type.Object({
        number: Type.Integer(),
        says: Type.String(),
        verdict: Type.String(),
        reason: Type.Optional(Type.String()),
        first: Type.Optional(Type.Object({ message: Type.String(), orderId: Type.Optional(Type.String()) })),
      }),
    ),
    remarks: Type.Object({ openDeadLetters: tally }),
  }),
);

interface Verification {
  /** All that can be checked was. */
  readonly isWhole: boolean;
  readonly complaint: string | undefined;
  readonly broken: readonly string[];
  readonly deadLetters: number;
}

interface VerifyOptions {
  readonly signal: AbortSignal;
  readonly waits: boolean;
}

/** `eventstream verify`, again when a server did not answer in time; the last that could not be made whole counts as it is. */
async function verify(stage: Stage, history: History, options: VerifyOptions): Promise<Verification> {
  for (let tries = 1; ; tries += 1) {
    const found = await verifyOnce(stage, history, options);
    if (found.isWhole || tries === verifyTriesMax || options.signal.aborted) return found;
  }
}

/** With the list of the orders that were acknowledged. */
async function verifyOnce(
  { system, folder }: Stage,
  history: History,
  { signal, waits }: VerifyOptions,
): Promise<Verification> {
  const ackedFile = join(folder, 'acked-orders');
  const acked = history.orders.filter(({ attempts }) =>
    attempts.some(({ wish, verdict }) => wish === 'place' && verdict === 'acked'),
  );
  await writeFile(ackedFile, acked.map(({ id }) => `${id}\n`).join(''));
  const logFile = join(folder, 'verify.log');
  await rm(logFile, { force: true });
  // What does not come to rest is verified as it is: that says what it is stuck at.
  const rest = waits ? ['--wait', String(verifyWithinSeconds)] : [];
  const args = ['verify', ...rest, '--acked', ackedFile, '--json'];
  const { lastOutput } = await system.command(args, { logFile, signal });
  const lines = (await readFile(logFile, 'utf8')).split('\n');
  const line = lines.find((text) => text.startsWith('{'));
  const json: unknown = line === undefined ? undefined : JSON.parse(line);
  if (!report.Check(json)) return { isWhole: false, complaint: `verify: ${lastOutput}`, broken: [], deadLetters: 0 };
  const broken = json.promises.filter(({ verdict }) => verdict !== 'holds').map(showBroken);
  const deadLetters = json.remarks.openDeadLetters.count;
  return { isWhole: json.holds !== null, complaint: undefined, broken, deadLetters };
}

function showBroken(promise: ReturnType<typeof report.Parse>['promises'][number]): string {
  const { number, says, verdict, first, reason } = promise;
  const why = first === undefined ? (reason ?? '') : `${first.message} ${first.orderId ?? ''}`;
  return `${number} ${says}: ${verdict}: ${why}`.trim();
}
