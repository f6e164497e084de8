/** The machine and the programs that a result was measured with. */
import { arch, availableParallelism, platform, totalmem } from 'node:os';
import { findNatsServer, findPostgresBinaries } from '@eventstream/local-servers';

/** What a reader has to know to compare. */
export interface Machine {
  /** ISO 8601: when the run began. */
  readonly date: string;
  readonly cpus: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
  readonly postgres: string;
  readonly natsServer: string;
  /** Undefined where there is none. */
  readonly pgbench: string | undefined;
  readonly rounds: number;
  /** Measured time of each run. */
  readonly secondsPerRun: number;
}

/** Describes this one. */
export async function describeMachine(run: Pick<Machine, 'pgbench' | 'rounds' | 'secondsPerRun'>): Promise<Machine> {
  const nats = await findNatsServer();
  return {
    date: new Date().toISOString(),
    cpus: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    platform: `${platform()} ${arch()}`,
    node: process.versions.node,
    postgres: findPostgresBinaries().postgresVersion,
    natsServer: nats.version,
    ...run,
  };
}

/** In one line. */
export function showMachine(machine: Machine): string {
  const { date, cpus, memoryGb, node, postgres, natsServer, pgbench, rounds, secondsPerRun } = machine;
  const programs = `Node ${node}, PostgreSQL ${postgres}, nats-server ${natsServer}, pgbench ${pgbench ?? 'missing'}`;
  return `${date.slice(0, 10)}, ${cpus} vCPU, ${memoryGb} GB, ${machine.platform}; ${programs}; ${rounds} rounds of ${secondsPerRun} s`;
}
