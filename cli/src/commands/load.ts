/** `eventstream load`: places many orders at a pace, shows how fast they are taken, and verifies what became of them. */
import { writeFile } from 'node:fs/promises';
import { type OrderId, orderId } from '@eventstream/contracts';
import { CodedError, newId } from '@eventstream/platform';
import type { VerificationReport } from '@eventstream/verification';
import { Command, InvalidArgumentError, Option } from 'commander';
import { withConnections } from '../connect/open.ts';
import { dataDirOption, type SystemAddresses, systemAddresses } from '../connect/system-addresses.ts';
import { type Mix, orderKinds, plainOrders, readMix } from '../load/mix.ts';
import { type LoadRun, type OrderAnswer, type Pace, placeOrders } from '../load/place-orders.ts';
import { loadJson, showLive, showLoad } from '../load/show-load.ts';
import { LoadTally } from '../load/tally.ts';
import { waitArgument, wholeNumber } from '../terminal/arguments.ts';
import { more } from '../terminal/help.ts';
import { note, print, printJson } from '../terminal/print.ts';
import { showProgress } from '../terminal/progress.ts';
import { orExitWith } from '../terminal/report.ts';
import { widthOfResult } from '../terminal/wrap.ts';
import { exitCodeOf, verifyExit } from '../verify/exit-code.ts';
import { showVerification } from '../verify/show-verification.ts';
import { verificationOf, verifyShown } from '../verify/verify-system.ts';

interface CommandOptions {
  readonly rate?: number;
  readonly concurrency?: number;
  readonly inFlight: number;
  readonly duration?: number;
  readonly count?: number;
  readonly mix?: Mix;
  readonly retries: number;
  readonly answerWithin?: number;
  readonly endsWithin?: number;
  readonly acked?: string;
  readonly verify: boolean;
  readonly json?: true;
  readonly dataDir: string;
}

const callersByDefault = 64;
const durationByDefaultMs = 10_000;
const answerWithinByDefaultMs = 15_000;
const endsWithinByDefaultMs = 60_000;
/** The ids of acked orders are kept until they are verified: 36 bytes each. */
const ordersMax = 5_000_000;
const showEveryMs = 500;
const tellRestEveryMs = 5_000;
/** Ctrl-C through npm arrives twice within a millisecond: only a later signal is a second wish. */
const secondSignalAfterMs = 1_000;

/** The command. */
export function loadCommand(): Command {
  return new Command('load')
    .description('place many orders, measure how fast they are taken, and verify what became of them')
    .addOption(
      new Option('--rate <orders>', 'place this many orders per second, however fast the system answers (open loop)')
        .argParser(wholeNumber(1, 100_000))
        .conflicts('concurrency'),
    )
    .option(
      '--concurrency <callers>',
      `so many callers, each with one order at a time (default: ${callersByDefault})`,
      wholeNumber(1, 10_000),
    )
    .option('--in-flight <orders>', 'with --rate: at most this many unanswered at once', wholeNumber(1, 20_000), 1_000)
    .option('--duration <time>', 'how long to place orders (default: 10s, without --count)', waitArgument)
    .option('--count <orders>', 'how many to place', wholeNumber(1, ordersMax))
    .option('--mix <kind=percent,…>', 'orders that fail in a known way, such as test-decline=5', mixArgument)
    .option('--retries <times>', 'send a busy or unanswered order again with its key', wholeNumber(0, 100), 0)
    .option(
      '--answer-within <time>',
      'how long to wait for an answer before an order counts as unanswered (default: 15s)',
      waitArgument,
    )
    .option('--ends-within <time>', 'how long to wait for all orders to end (default: 1m)', waitArgument)
    .option('--acked <file>', 'write the ids of acknowledged orders to this file, one per line')
    .option('--no-verify', 'do not wait for the orders to end, and do not verify')
    .option('--json', 'print JSON, for programs')
    .addOption(dataDirOption())
    .addHelpText('after', help)
    .action((options: CommandOptions) => orExitWith(verifyExit.notChecked, () => load(options)));
}

const help = more({
  says: [
    `Kinds for --mix: ${orderKinds.slice(1).join(', ')}. "every=10" spreads 10 percent over the kinds that end within seconds. ` +
      '"large" waits for a person, "test-reject" is rejected; the others are payers, see services/paymentgateway/README.md.',
    'Latency is that of acknowledged orders; with --rate it counts from the moment an order was due to be sent. Refused orders ' +
      'are not stored. 503 means busy: with --concurrency a caller comes back after Retry-After.',
    'Ctrl-C ends the load early and verifies; a second Ctrl-C ends at once.',
  ],
  examples: [
    'npx eventstream load --concurrency 64 --duration 30s',
    'npx eventstream load --rate 500 --count 10000 --mix every=10,large=1',
  ],
  exitCodes: {
    0: 'every acknowledged order ended and every promise holds',
    1: 'a promise is broken',
    2: 'it could not be checked, or no order was acknowledged',
  },
});

/** Reads `kind=percent,…`. */
function mixArgument(text: string): Mix {
  const mix = readMix(text);
  if (typeof mix === 'string') throw new InvalidArgumentError(mix);
  return mix;
}

async function load(options: CommandOptions): Promise<void> {
  const addresses = systemAddresses(options.dataDir, process.env);
  const acked = new Set<OrderId>();
  const tally = new LoadTally();
  const run = await placeShown(options, addresses.ordersUrl(), tally, ({ outcome }) => {
    if (outcome.kind === 'acked') acked.add(orderId(outcome.orderId));
  });
  if (options.acked !== undefined) await writeFile(options.acked, [...acked, ''].join('\n'));
  if (!options.verify || acked.size === 0) {
    const result = { run, tally, endedMs: undefined };
    if (options.json === true) printJson(loadJson(result, undefined));
    else print(showLoad(result));
    // All promises may hold over the orders of before, and scripts would take that for a load that went well.
    if (acked.size === 0) throw nothingAcked();
    return;
  }
  const { endedMs, report } = await awaitAndVerify(options, { addresses, acked, startedMs: run.startedMs });
  const result = { run, tally, endedMs };
  if (options.json === true) printJson(loadJson(result, report));
  else print(`${showLoad(result)}\n\n${showVerification(report, widthOfResult())}`);
  process.exitCode = exitCodeOf(report);
}

function nothingAcked(): CodedError {
  return new CodedError('load_nothing_acked', 'No order was acknowledged, so there is nothing to verify.', {
    nextStep: 'See what keeps orders from being taken with `npx eventstream status`.',
  });
}

async function placeShown(
  options: CommandOptions,
  url: string,
  tally: LoadTally,
  onAnswer: (answer: OrderAnswer) => void,
): Promise<LoadRun> {
  const countMax = options.count ?? ordersMax;
  const durationMs = options.duration ?? (options.count === undefined ? durationByDefaultMs : Number.POSITIVE_INFINITY);
  const pace: Pace =
    options.rate === undefined
      ? { kind: 'callers', callers: options.concurrency ?? callersByDefault }
      : { kind: 'rate', perSecond: options.rate, inFlightMax: options.inFlight };
  const stopShowing = showLoadProgress(tally, { countMax, durationMs });
  const end = endOnSignal();
  try {
    const { mix = plainOrders, retries: retriesMax, answerWithin: answerWithinMs = answerWithinByDefaultMs } = options;
    const paced = { url, pace, countMax, durationMs, mix, run: `load-${newId()}`, retriesMax, answerWithinMs };
    return await placeOrders({ ...paced, signal: end.signal }, (answer) => {
      tally.add(answer);
      onAnswer(answer);
    });
  } finally {
    end.letGo();
    stopShowing();
  }
}

/** A bar of the time or of the orders, whichever is bounded, with the rate of the last moment and the latency so far. */
function showLoadProgress(
  tally: LoadTally,
  { countMax, durationMs }: { readonly countMax: number; readonly durationMs: number },
): () => void {
  const progress = showProgress('placing orders');
  const startedMs = performance.now();
  let before = { ms: startedMs, acked: 0 };
  const timer = setInterval(() => {
    const now = { ms: performance.now(), acked: tally.acked };
    const rate = ((now.acked - before.acked) / (now.ms - before.ms)) * 1000;
    before = now;
    const beside = showLive(tally, rate);
    if (Number.isFinite(durationMs))
      progress.at(Math.round((now.ms - startedMs) / 1000), Math.round(durationMs / 1000), beside);
    else progress.at(tally.answered, countMax, beside);
  }, showEveryMs);
  return () => {
    clearInterval(timer);
    progress.end();
  };
}

/** Aborts at the first signal; ends this process at a second one. */
function endOnSignal(): { readonly signal: AbortSignal; letGo(): void } {
  const end = new AbortController();
  let firstMs: number | undefined;
  const onSignal = (): void => {
    if (firstMs !== undefined && performance.now() - firstMs > secondSignalAfterMs) process.exit(130);
    firstMs ??= performance.now();
    end.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  return {
    signal: end.signal,
    letGo() {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
    },
  };
}

async function awaitAndVerify(
  options: CommandOptions,
  placed: { readonly addresses: SystemAddresses; readonly acked: ReadonlySet<OrderId>; readonly startedMs: number },
): Promise<{ endedMs: number; report: VerificationReport }> {
  const { addresses, acked, startedMs } = placed;
  return withConnections(addresses, async (connections) => {
    const verification = verificationOf(addresses, connections);
    let told = { ms: performance.now(), moves: '' };
    await verification.awaitRest(options.endsWithin ?? endsWithinByDefaultMs, (moves) => {
      if (moves === told.moves || performance.now() - told.ms < tellRestEveryMs) return;
      told = { ms: performance.now(), moves };
      note(`waiting for the ends: ${moves}`);
    });
    const endedMs = performance.now() - startedMs;
    return { endedMs, report: await verifyShown(verification, acked) };
  });
}
