/**
 * Reads the four databases for a verification, with a role that may only read. Everything long is read in pages by key,
 * sorted by stream, so that nothing grows with the number of orders.
 */
import { nowhere, ordersLog, position } from '@eventstream/contracts';
import { fulfilmentName } from '@eventstream/domain';
import type { Sql } from '@eventstream/platform/sql';
import { findLiveGeneration } from '@eventstream/read-model/sql';
import { readAhead } from '../read-ahead.ts';
import type { VerificationSources } from '../verification-sources.ts';
import { eachStream, readDensity, readEvents, readForbiddenRights, readMissing } from './log-sources.ts';
import { readRows } from './order-sources.ts';
import { readPayments } from './payment-sources.ts';
import { readIntents, readSagas, readSetAside } from './work-sources.ts';

/** One connection pool per database; each role needs no more than to read. */
export interface VerificationDatabases {
  readonly eventstoredb: Sql;
  readonly ordersdb: Sql;
  readonly workersdb: Sql;
  readonly gatewaydb: Sql;
  /** The role whose rights on events are checked. */
  readonly appendingRole: string;
}

/** The sources over SQL. */
export function sqlVerificationSources(databases: VerificationDatabases): VerificationSources {
  const { eventstoredb, ordersdb, workersdb, gatewaydb } = databases;
  return {
    progress: () => readProgress(workersdb, ordersdb),
    density: (log) => readDensity(eventstoredb, log),
    missing: (log, streams) => readMissing(eventstoredb, log, streams),
    forbiddenRights: () => readForbiddenRights(eventstoredb, databases.appendingRole),
    streams: (log, upTo) => eachStream(entriesOf(readAhead(readEvents(eventstoredb, log, upTo)))),
    generation: async () => (await findLiveGeneration(ordersdb))?.generation,
    rows: (generation) => entriesOf(readAhead(readRows(ordersdb, generation))),
    payments: () => entriesOf(readAhead(readPayments(gatewaydb))),
    intents: (asOf) => entriesOf(readAhead(readIntents(workersdb, asOf))),
    sagas: () => entriesOf(readAhead(readSagas(workersdb))),
    setAside: () => readSetAside(workersdb, ordersdb),
  };
}

/** The entries of the pages, one by one. */
async function* entriesOf<Entry>(pages: AsyncIterable<readonly Entry[]>): AsyncGenerator<Entry> {
  for await (const page of pages) yield* page;
}

/** Checkpoints and marks, and the life of the log that each of them speaks of. */
async function readProgress(workersdb: Sql, ordersdb: Sql): ReturnType<VerificationSources['progress']> {
  const asOf = await workersdb.now();
  const live = await findLiveGeneration(ordersdb);
  const [saga] = await workersdb.query<Checkpoint>(
    `select 'the saga coordinator' as who, position, incarnation from saga_checkpoints where saga = $1`,
    [fulfilmentName],
  );
  const marks = await workersdb.query<Checkpoint>(
    'select consumer as who, position, incarnation from worker_marks where log = $1',
    [ordersLog],
  );
  const lives = new Map([...marks, ...(saga ? [saga] : [])].map((each) => [each.who, each.incarnation]));
  if (live?.incarnation !== undefined) lives.set('the read model', live.incarnation);
  return {
    readModel: live?.position ?? nowhere,
    sagas: position(saga?.position ?? 0n),
    marks: new Map(marks.map((mark) => [mark.who, position(mark.position)])),
    lives,
    asOf,
  };
}

interface Checkpoint {
  readonly who: string;
  readonly position: bigint;
  readonly incarnation: string;
}
