/**
 * What a database error means for the caller, for PostgreSQL and CockroachDB alike.
 * Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html and CockroachDB's "Common errors" page.
 */
import { codeOf, messageOf } from '../coded-error.ts';

/**
 * What to do after a database error:
 * - `retry`: nothing happened (rolled back); the same again, after a short random wait, may succeed.
 * - `ambiguous`: it may or may not have happened; only what is harmless when done twice may be repeated.
 * - `unavailable`: nothing happened and the database cannot serve now, or is not as our statements need it; say so and
 *   come back later.
 * - `duplicate`: a unique key exists already.
 * - `refused`: the database rejects these values (constraint, range, encoding); repeating is useless.
 * - `bug`: anything else; the program is wrong.
 */
export type SqlFault = 'retry' | 'ambiguous' | 'unavailable' | 'duplicate' | 'refused' | 'bug';

const byCode: ReadonlyMap<string, SqlFault> = new Map([
  ['40001', 'retry'], // serialization failure; CockroachDB's ordinary "try again"
  ['40P01', 'retry'], // deadlock
  ['55P03', 'retry'], // lock_timeout
  ['57P01', 'retry'], // the connection is being closed by an administrator; the statement was cancelled
  ['57P02', 'retry'], // the same after a crash of another backend
  ['25P03', 'retry'], // idle_in_transaction_session_timeout: rolled back
  ['25P04', 'retry'], // transaction_timeout, which whoever runs the server may set: likewise
  ['40003', 'ambiguous'], // CockroachDB: result is ambiguous
  ['08006', 'ambiguous'], // connection failure while a statement was under way
  ['08007', 'ambiguous'], // transaction resolution unknown
  ['26000', 'retry'], // sent behind the statement that was to prepare it, which failed
  ['57P03', 'unavailable'], // starting up or shutting down
  ['57014', 'unavailable'], // statement_timeout
  ['57P05', 'unavailable'], // idle session closed
  ['25006', 'unavailable'], // read only: a standby, or a server that whoever runs it lets nobody write to for now
  ['3D000', 'unavailable'], // the database does not exist (yet)
  ['23505', 'duplicate'],
  // Ours, see statement.ts, sql.ts and pipelined-session.ts.
  ['sql_silent', 'ambiguous'],
  ['sql_commit_unknown', 'ambiguous'],
  ['sql_pool_exhausted', 'unavailable'],
  ['sql_closed', 'unavailable'],
]);

/**
 * The database is not as our statements need it: not migrated yet, or altered by somebody. Whoever runs it mends that;
 * no work of ours is to blame, and none may be given up for it.
 */
const unfit: ReadonlySet<string> = new Set([
  '42P01', // no such table
  '3F000', // no such schema
  '42703', // no such column
  '42501', // a right is missing
  '42P10', // the unique index that a statement relies on is missing
  '42804', // a column has another type
  '42883', // the same, met by an operator or a function
]);

/** The network's, by Node's names. Refused and unreachable mean nothing was sent; the others leave it open. */
const networkCodes: ReadonlyMap<string, SqlFault> = new Map([
  ['ECONNREFUSED', 'unavailable'],
  ['ENOTFOUND', 'unavailable'],
  ['EAI_AGAIN', 'unavailable'],
  ['EHOSTUNREACH', 'unavailable'],
  ['ENETUNREACH', 'unavailable'],
  ['ECONNRESET', 'ambiguous'],
  ['EPIPE', 'ambiguous'],
  ['ETIMEDOUT', 'ambiguous'],
]);

/** By the first two characters of a SQLSTATE, where the whole class means the same. */
const byClass: ReadonlyMap<string, SqlFault> = new Map([
  ['08', 'unavailable'], // the connection could not be made
  ['53', 'unavailable'], // out of disk, memory or connections
  ['58', 'unavailable'], // system error: I/O and the like
  ['28', 'unavailable'], // credentials not accepted: for whoever runs it to mend, not a fault of the work
  ['22', 'refused'], // data exception
  ['23', 'refused'], // integrity constraint other than unique
]);

/** 0A000 of a prepared statement whose answer has other columns since somebody altered its table. */
const stalePlan = /^cached plan must not change result type/;

/** Texts of errors that `pg` raises itself, without a code, and of those whose code means more than that. */
const byTextPattern: readonly (readonly [RegExp, SqlFault])[] = [
  [
    /^Connection terminated due to connection timeout|^timeout exceeded when trying to connect|^timeout expired/,
    'unavailable',
  ],
  [/^Connection terminated|^Client has encountered a connection error/, 'ambiguous'],
  [/^Cannot use a pool after calling end/, 'unavailable'],
  [stalePlan, 'retry'],
];

/** What the error means for the caller. Looks at aggregates (one attempt per address) and at the cause. */
export function faultOf(error: unknown): SqlFault {
  const code = codeOf(error);
  if (code !== undefined) {
    if (unfit.has(code)) return 'unavailable';
    const fault =
      byCode.get(code) ?? networkCodes.get(code) ?? (isSqlState(code) ? byClass.get(code.slice(0, 2)) : undefined);
    if (fault !== undefined) return fault;
  }
  const text = messageOf(error);
  const byText = byTextPattern.find(([pattern]) => pattern.test(text));
  if (byText !== undefined) return byText[1];
  if (error instanceof AggregateError && error.errors.length > 0) return faultOf(error.errors[0]);
  return error instanceof Error && error.cause !== undefined ? faultOf(error.cause) : 'bug';
}

/** Whether the database does not answer now: nobody's fault but its own, and for the caller to come back later. */
export function isDatabaseAway(error: unknown): boolean {
  const fault = faultOf(error);
  return fault === 'retry' || fault === 'ambiguous' || fault === 'unavailable';
}

/** By SQLSTATE: what somebody has to do before the database serves again. */
const nextSteps: readonly (readonly [(code: string) => boolean, string])[] = [
  [
    (code) => unfit.has(code),
    'run `npx eventstream bootstrap`: it brings rights, and tables that a newer version needs, or says what is gone; work resumes by itself',
  ],
  [
    (code) => code === '3D000',
    'run `npx eventstream bootstrap`, which makes missing databases; work resumes by itself',
  ],
  [
    (code) => code.startsWith('28'),
    'let the database accept the role again; `npx eventstream bootstrap` sets the passwords of ROLE_PASSWORDS; work resumes by itself',
  ],
  [(code) => code === '53100', 'make room on the disk of the database; work resumes by itself'],
  [
    (code) => code === '53300',
    'end connections of others to the database, or raise its max_connections; work resumes by itself',
  ],
];

/** What whoever runs the database does about an error that only they can mend, also when it is the cause of another one. */
export function nextStepAtDatabase(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code !== undefined && isSqlState(code)) return nextSteps.find(([isIt]) => isIt(code))?.[1];
  return error instanceof Error && error.cause !== undefined ? nextStepAtDatabase(error.cause) : undefined;
}

/**
 * True when the connection itself is gone or in doubt, so that it must not be used again. Also when what was prepared on it
 * is not there any more (26000: a pooler has reset the session), or is out of date: it would fail for as long as it lives.
 */
export function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined && isSqlState(code))
    return (
      code.startsWith('08') ||
      code.startsWith('57P') ||
      code === '25P03' ||
      code === '25P04' ||
      code === '26000' ||
      stalePlan.test(messageOf(error))
    );
  if (code === 'sql_silent' || (code !== undefined && networkCodes.has(code))) return true;
  if (byTextPattern.some(([pattern]) => pattern.test(messageOf(error)))) return true;
  return error instanceof Error && error.cause !== undefined && isConnectionLoss(error.cause);
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
}
