/** `eventstream verify`: holds a running system, or its databases and broker, against every promise. */
import { setTimeout as wait } from 'node:timers/promises';
import { ordersLog } from '@eventstream/contracts';
import { sqlEventStore } from '@eventstream/event-store/sql';
import { connectNats, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { CodedError, messageOf, systemClock } from '@eventstream/platform';
import { type CopyCheck, copyCheck, verify } from '@eventstream/verification';
import { sqlVerificationSources, type VerificationDatabases, whatStillMoves } from '@eventstream/verification/sql';
import { Command } from 'commander';
import { type Connections, quietLog, withConnections } from '../connect/open.ts';
import { dataDirOption, type SystemAddresses, systemAddresses } from '../connect/system-addresses.ts';
import { wholeNumber } from '../terminal/arguments.ts';
import { note, print } from '../terminal/print.ts';
import { type Progress, showProgress } from '../terminal/progress.ts';
import { orExitWith } from '../terminal/report.ts';
import { readAckedOrders } from '../verify/acked-orders.ts';
import { showVerification, verificationJson } from '../verify/show-verification.ts';

interface VerifyOptions {
  readonly acked?: string;
  readonly wait?: number;
  readonly json?: true;
  readonly dataDir: string;
}

const exit = { broken: 1, notChecked: 2 } as const;
const lookEveryMs = 250;
/** The role whose rights to the log are judged: the only one that appends. */
const appendingRole = 'eventstoresvc';

/** The command. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('check every promise against the running system; changes nothing')
    .option('--acked <file>', 'orders that a client was told are stored, one id a line: each must be there')
    .option('--wait <seconds>', 'first wait for the system to come to rest, at most so long', wholeNumber(1, 86_400))
    .option('--json', 'for programs; money in minor units')
    .addOption(dataDirOption())
    .addHelpText(
      'after',
      `
Without a running system it works from EVENTSTOREDB_URL, ORDERSDB_URL, WORKERSDB_URL, GATEWAYDB_URL and NATS_URL.
Exit codes: 0 every promise holds, 1 a promise is broken, 2 it could not be checked.

Example:
  eventstream verify --wait 30`,
    )
    .action((options: VerifyOptions) => orExitWith(exit.notChecked, () => run(options)));
}

async function run(options: VerifyOptions): Promise<void> {
  const addresses = systemAddresses(options.dataDir, process.env);
  const acked = options.acked === undefined ? undefined : await readAckedOrders(options.acked);
  await withConnections(addresses, async (connections) => {
    const databases: VerificationDatabases = {
      eventstoredb: connections.sql('eventstoredb', 'verifier'),
      ordersdb: connections.sql('ordersdb', 'verifier'),
      workersdb: connections.sql('workersdb', 'verifier'),
      gatewaydb: connections.sql('gatewaydb', 'verifier'),
      appendingRole,
    };
    if (options.wait !== undefined) await waitForRest(databases, options.wait * 1000);
    const progress = shownByPhase();
    const report = await verify({
      log: ordersLog,
      sources: sqlVerificationSources(databases),
      copy: await openCopy({ addresses, connections, databases }),
      ...(acked === undefined ? {} : { acked }),
      clock: systemClock,
      onProgress: (phase, done, of) => progress.at(phase, done, of),
    }).finally(() => progress.end());
    print(options.json === true ? verificationJson(report) : showVerification(report));
    if (!report.holds) process.exitCode = exit.broken;
  });
}

async function waitForRest(databases: VerificationDatabases, withinMs: number): Promise<void> {
  const untilMs = performance.now() + withinMs;
  let moves = await whatStillMoves(databases);
  while (moves !== undefined && performance.now() < untilMs) {
    await wait(lookEveryMs);
    moves = await whatStillMoves(databases);
  }
  if (moves === undefined) return;
  throw new CodedError('not_at_rest', `The system has not come to rest within ${withinMs / 1000} s: ${moves}.`, {
    nextStep: 'See what is stuck with `npx eventstream status`, or verify it as it is, without --wait.',
  });
}

/** Undefined when the broker does not answer: then its promise is reported as not checked. */
async function openCopy(o: {
  readonly addresses: SystemAddresses;
  readonly connections: Connections;
  readonly databases: VerificationDatabases;
}): Promise<CopyCheck | undefined> {
  const url = o.addresses.natsUrl();
  try {
    const connection = await connectNats({ url, name: 'verify', log: quietLog, waitForServer: false });
    o.connections.closeLater(() => connection.close());
    const copy = await openJetStreamLogCopy({ connection, log: ordersLog });
    o.connections.closeLater(async () => copy.close());
    const reader = sqlEventStore({ sql: o.databases.eventstoredb, registry: { types: new Map() }, logger: quietLog });
    o.connections.closeLater(() => reader.close());
    return copyCheck(ordersLog, reader, copy);
  } catch (error) {
    note(`The broker does not answer: ${messageOf(error)}`);
    return undefined;
  }
}

/** A bar for the orders, then one for the broker. */
function shownByPhase(): { at(phase: 'orders' | 'broker', done: number, of: number): void; end(): void } {
  let phase: string | undefined;
  let shown: Progress | undefined;
  return {
    at(next, done, of) {
      if (next !== phase) {
        shown?.end();
        shown = showProgress(`verifying ${next}`);
        phase = next;
      }
      shown?.at(done, of);
    },
    end: () => shown?.end(),
  };
}
