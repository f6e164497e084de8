/** Holds a system against its promises, over connections that the caller opened, and shows how far that is. */
import { setTimeout as wait } from 'node:timers/promises';
import { type OrderId, ordersLog } from '@eventstream/contracts';
import { sqlEventStore } from '@eventstream/event-store/sql';
import { connectNats, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { CodedError, messageOf, systemClock } from '@eventstream/platform';
import { type CopyCheck, copyCheck, type VerificationReport, verify } from '@eventstream/verification';
import { sqlVerificationSources, type VerificationDatabases, whatStillMoves } from '@eventstream/verification/sql';
import { type Connections, quietLog } from '../connect/open.ts';
import type { SystemAddresses } from '../connect/system-addresses.ts';
import { note } from '../terminal/print.ts';
import { type Progress, showProgress } from '../terminal/progress.ts';

const lookEveryMs = 250;
/** The role whose rights to the log are judged: the only one that appends. */
const appendingRole = 'eventstoresvc';

/** The four databases as the role that only reads. */
export function verificationDatabases(connections: Connections): VerificationDatabases {
  return {
    eventstoredb: connections.sql('eventstoredb', 'verifier'),
    ordersdb: connections.sql('ordersdb', 'verifier'),
    workersdb: connections.sql('workersdb', 'verifier'),
    gatewaydb: connections.sql('gatewaydb', 'verifier'),
    appendingRole,
  };
}

/** What is verified. */
export interface VerifiedSystem {
  readonly addresses: SystemAddresses;
  readonly connections: Connections;
  readonly databases: VerificationDatabases;
  /** Orders that a client was told are stored: each must be there. */
  readonly acked?: ReadonlySet<OrderId>;
}

/** Checks every promise; changes nothing. */
export async function verifySystem(system: VerifiedSystem): Promise<VerificationReport> {
  const progress = shownByPhase();
  return verify({
    log: ordersLog,
    sources: sqlVerificationSources(system.databases),
    copy: await openCopy(system),
    ...(system.acked === undefined ? {} : { acked: system.acked }),
    clock: systemClock,
    onProgress: (phase, done, of) => progress.at(phase, done, of),
  }).finally(() => progress.end());
}

/**
 * Waits until every order has reached an end or waits for a person, and answers whether that came about in time.
 * `onLook` is told what still moves.
 */
export async function awaitRest(
  databases: VerificationDatabases,
  withinMs: number,
  onLook: (moves: string) => void = () => {},
): Promise<void> {
  const untilMs = performance.now() + withinMs;
  let moves = await whatStillMoves(databases);
  while (moves !== undefined && performance.now() < untilMs) {
    onLook(moves);
    await wait(lookEveryMs);
    moves = await whatStillMoves(databases);
  }
  if (moves === undefined) return;
  throw new CodedError('not_at_rest', `The system has not come to rest within ${withinMs / 1000} s: ${moves}.`, {
    nextStep: 'See what is stuck with `npx eventstream status`, or verify it as it is: `npx eventstream verify`.',
  });
}

/** Undefined when the broker does not answer: then its promise is reported as not checked. */
async function openCopy({ addresses, connections, databases }: VerifiedSystem): Promise<CopyCheck | undefined> {
  const url = addresses.natsUrl();
  try {
    const connection = await connectNats({ url, name: 'verify', log: quietLog, waitForServer: false });
    connections.closeLater(() => connection.close());
    const copy = await openJetStreamLogCopy({ connection, log: ordersLog });
    connections.closeLater(async () => copy.close());
    const reader = sqlEventStore({ sql: databases.eventstoredb, registry: { types: new Map() }, logger: quietLog });
    connections.closeLater(() => reader.close());
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
