/**
 * Whether what a reader remembers and what the store has belong together. A log that was restored or reset shows in its
 * incarnation or in a head that lies behind what was read before; going on would skip or repeat events that move money.
 */
import type { Incarnation, LogHead, LogName, Position } from '@eventstream/contracts';

/** Where a reader believes the log to be. */
export interface Remembered {
  readonly position: Position;
  /** Undefined before the first event. */
  readonly incarnation: Incarnation | undefined;
}

/** Why a reader must not go on. */
export interface ReaderHalt {
  readonly reason: string;
  readonly nextStep: string;
  /**
   * True: stays halted until the process is started again, because a head that went back looks sound again as soon as
   * new events have been appended in place of the lost ones.
   */
  readonly untilRestart: boolean;
}

const waysOut = (log: LogName): string =>
  `if the store lost events that the broker still has, run \`npx eventstream log import ${log}\`; if this is meant to be a ` +
  `new life of the log, run \`npx eventstream log new-incarnation ${log}\``;

/** Undefined when the reader may go on. */
export function judgeLife(head: LogHead, remembered: Remembered): ReaderHalt | undefined {
  const { log } = head;
  if (remembered.incarnation !== undefined && remembered.incarnation !== head.incarnation)
    return {
      reason: `log ${log} is in another life (${head.incarnation}) than the one that was read so far (${remembered.incarnation})`,
      nextStep: waysOut(log),
      untilRestart: false,
    };
  if (remembered.position > head.position)
    return {
      reason: `log ${log} ends at ${head.position}, before position ${remembered.position} that was read already`,
      nextStep: `${waysOut(log)}; then start this process again`,
      untilRestart: true,
    };
  return undefined;
}

/** The halt for an event that the broker delivered out of another life of the log. */
export function foreignDelivery(log: LogName, theirs: Incarnation, ours: Incarnation): ReaderHalt {
  return {
    reason: `the broker delivers log ${log} out of another life (${theirs}) than the store's (${ours})`,
    nextStep: waysOut(log),
    untilRestart: false,
  };
}
