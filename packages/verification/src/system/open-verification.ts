/**
 * Verifies a whole system: opens what a verification reads (four databases, with a role that may only read, and the
 * broker), and closes it again. The command line, the console and the load generator all verify through this.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type OrderId, ordersLog } from '@eventstream/contracts';
import { sqlEventStore } from '@eventstream/event-store/sql';
import { connectNats, openCopyScan, openJetStreamLogCopy } from '@eventstream/messaging/jetstream';
import { CodedError, type Logger, messageOf, systemClock } from '@eventstream/platform';
import { openSql, type Sql } from '@eventstream/platform/sql';
import { type CopyCheck, copyCheck, unreachableCopy } from '../checks/check-copy.ts';
import type { VerificationReport } from '../report.ts';
import { sqlVerificationSources, type VerificationDatabases, whatStillMoves } from '../sql/index.ts';
import { type VerificationOptions, verify } from '../verify.ts';

/** The databases that are read. */
export type VerifiedDatabase = 'eventstoredb' | 'ordersdb' | 'workersdb' | 'gatewaydb';

/** Where a system is. Each address is asked for once. */
export interface VerifiedSystem {
  /** For the role that only reads. */
  databaseUrl(database: VerifiedDatabase): string;
  natsUrl(): string;
  /** Shown in the database's list of sessions and in the broker's list of connections. */
  readonly applicationName: string;
  readonly logger: Logger;
}

/** A system that is being verified. Nothing of it changes what is verified. */
export interface SystemVerification {
  /** Checks every promise against the system as it is now. May be called again, not twice at once. */
  verify(options?: {
    /** Orders that a client was told are stored: each must be there. */
    readonly acked?: ReadonlySet<OrderId>;
    readonly onProgress?: NonNullable<VerificationOptions['onProgress']>;
  }): Promise<VerificationReport>;
  /**
   * Waits until every order has reached an end or waits for a person. `onLook` is told what still moves.
   * Rejects with `not_at_rest` when that takes longer than `withinMs`.
   */
  awaitRest(withinMs: number, onLook?: (moves: string) => void): Promise<void>;
  close(): Promise<void>;
}

const lookEveryMs = 250;
/** The role whose rights to the log are judged: the only one that appends. */
const appendingRole = 'eventstoresvc';
/** Long statements of a verification are slow on purpose; anything slower than this hangs. */
const statementTimeoutMs = 120_000;
/** Pages of several tables are read ahead at the same time. */
const connectionsMax = 4;

/** Opens a system. Rejects only when an address is not known; a database or broker that is away shows when it is asked. */
export function openVerification(system: VerifiedSystem): SystemVerification {
  const opened: Sql[] = [];
  const open = (database: VerifiedDatabase): Sql => {
    const sql = openSql({
      url: system.databaseUrl(database),
      applicationName: system.applicationName,
      maxConnections: connectionsMax,
      logger: system.logger,
      statementTimeoutMs,
    });
    opened.push(sql);
    return sql;
  };
  const databases: VerificationDatabases = {
    eventstoredb: open('eventstoredb'),
    ordersdb: open('ordersdb'),
    workersdb: open('workersdb'),
    gatewaydb: open('gatewaydb'),
    appendingRole,
  };
  return {
    verify: (options = {}) => verifyOnce(system, databases, options),
    awaitRest: (withinMs, onLook) => awaitRest(databases, withinMs, onLook),
    async close() {
      for (const sql of opened.splice(0)) await sql.close();
    },
  };
}

async function verifyOnce(
  system: VerifiedSystem,
  databases: VerificationDatabases,
  options: NonNullable<Parameters<SystemVerification['verify']>[0]>,
): Promise<VerificationReport> {
  const broker = await openCopy(system, databases);
  try {
    return await verify({
      log: ordersLog,
      sources: sqlVerificationSources(databases),
      copy: broker.check,
      clock: systemClock,
      ...options,
    });
  } finally {
    await broker.close();
  }
}

interface OpenCopy {
  readonly check: CopyCheck;
  close(): Promise<void>;
}

/** A broker that does not answer is no broken promise: its copy is reported as not checked. */
async function openCopy(
  { natsUrl, applicationName, logger }: VerifiedSystem,
  { eventstoredb }: VerificationDatabases,
): Promise<OpenCopy> {
  const url = natsUrl();
  try {
    const connection = await connectNats({ url, name: applicationName, logger, waitForServer: false });
    try {
      const copy = await openJetStreamLogCopy({ connection, log: ordersLog });
      const { scan } = await openCopyScan({ connection, log: ordersLog });
      const reader = sqlEventStore({ sql: eventstoredb, registry: { types: new Map() }, logger });
      return {
        check: copyCheck(ordersLog, reader, { inspect: () => copy.inspect(), scan }),
        close: async () => {
          copy.close();
          await reader.close();
          await connection.close();
        },
      };
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    return { check: unreachableCopy(messageOf(error)), close: async () => {} };
  }
}

async function awaitRest(
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
