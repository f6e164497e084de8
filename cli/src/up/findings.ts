/**
 * What is wrong with a system, the causes first. While PostgreSQL is away every process complains of it in several ways: that
 * is said once, where PostgreSQL stands, so that whoever looks sees the cause and not its twenty effects. Pure.
 */
import { type Complaint, complaintsOf } from './complaints.ts';
import { ownNatsServer, ownSqlServer } from './own-servers.ts';
import type { FailingCheck } from './service-process.ts';
import { databaseSettings } from './services.ts';
import type { SystemStatus } from './system-status.ts';

type Process = SystemStatus['processes'][number];

/** One thing that is wrong with a process. */
export interface SystemFinding extends Complaint {
  readonly process: string;
  /** Processes that do not work because of it. */
  readonly waiting: readonly string[];
}

/** Whom a check asks. It is called after that. Of two servers a system has one: its own, or the user's. */
const askedBy: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...Object.keys(databaseSettings).map((database) => [database, ['postgres', ownSqlServer]] as const),
  ['nats', ['nats-server', ownNatsServer]],
  ['event store', ['eventstoresvc']],
]);

/** One that works has answered: what is wrong with its answer, such as a missing table, is for whoever asked to say. */
const works: ReadonlySet<string> = new Set(['ready', 'degraded']);

/** Everything that is wrong, each thing once. */
export function findingsOf(processes: readonly Process[]): readonly SystemFinding[] {
  const away = new Map(processes.filter(({ state }) => !works.has(state)).map((one) => [one.name, one]));
  const findings = processes.map((process) => findingsOfProcess(process, processes, away));
  return [...findings.filter(isCause), ...findings.filter((own) => !isCause(own))].flat();
}

type Away = ReadonlyMap<string, Process>;

const isCause = (findings: readonly SystemFinding[]): boolean => findings.some(({ waiting }) => waiting.length > 0);

function findingsOfProcess(process: Process, all: readonly Process[], away: Away): readonly SystemFinding[] {
  const { name, troubles } = process;
  const effects = troubles.filter((trouble) => causeOf(trouble, away) !== undefined);
  // What a process asks through the one that is away stays without an answer, and says so in the same words.
  const isEffect = ({ reason }: FailingCheck) => effects.some((effect) => reason.includes(effect.reason));
  const own = complaintsOf({ ...process, troubles: troubles.filter((trouble) => !isEffect(trouble)) });
  const waiting = all.filter((one) => causesOf(one, away).has(name)).map((one) => one.name);
  const said = own.length === 0 && waiting.length > 0 ? [ended(process)] : own;
  return said.map((complaint, index) => ({ process: name, ...complaint, waiting: index === 0 ? waiting : [] }));
}

function causeOf(trouble: Process['troubles'][number], away: Away): Process | undefined {
  const asked = askedBy.get(trouble.name)?.find((server) => away.has(server));
  return asked === undefined ? undefined : away.get(asked);
}

/** What a process waits for in the end: a store that waits for its database is no cause. */
function causesOf({ troubles }: Process, away: Away): ReadonlySet<string> {
  const causes = troubles.flatMap((trouble) => {
    const cause = causeOf(trouble, away);
    if (cause === undefined) return [];
    const further = causesOf(cause, away);
    return further.size === 0 ? [cause.name] : [...further];
  });
  return new Set(causes);
}

/** A process between two runs says nothing, and nobody else knows more. */
function ended({ name, state }: Process): Complaint {
  return { says: `does not answer (${state})`, nextStep: `see what it wrote: \`npx eventstream logs ${name}\`` };
}
