/** How a command ends that has verified: for scripts, which must not take a promise that nobody could check for kept. */
import type { VerificationReport } from '@eventstream/verification';

/** The exit codes, as the help says. */
export const verifyExit = { holds: 0, broken: 1, notChecked: 2 } as const;

/** The code for what was found. */
export function exitCodeOf({ holds }: Pick<VerificationReport, 'holds'>): number {
  if (holds === null) return verifyExit.notChecked;
  return holds ? verifyExit.holds : verifyExit.broken;
}
