/** What a process says is wrong with it, each thing once, as `status` and `doctor` show it. */
import type { SystemStatus } from './system-status.ts';

/** One thing that is wrong, and what helps. */
export interface Complaint {
  readonly says: string;
  readonly nextStep: string | undefined;
}

/** All of a process's. What the supervisor heard of it counts only while the process itself says nothing: it is the same again. */
export function complaintsOf({
  name: process,
  reason,
  troubles,
}: Pick<SystemStatus['processes'][number], 'name' | 'reason' | 'troubles'>): readonly Complaint[] {
  const seeLog = `see what it wrote: \`npx eventstream logs ${process}\``;
  if (troubles.length === 0) return reason === undefined ? [] : [{ says: reason, nextStep: seeLog }];
  return troubles.map(({ name, reason: says, nextStep }) => ({
    // A check that is called after its own process is one of its work, and its reason says of what.
    says: name === '' || says.includes(name) || name.startsWith(process) ? says : `${name}: ${says}`,
    // Of one that does not answer there is no name of a check, and nothing but its log.
    nextStep: name === '' ? (nextStep ?? seeLog) : nextStep,
  }));
}
