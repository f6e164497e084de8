/**
 * Named places in the code at which a process can be made to die or to stand still, so that a test can show that it may.
 * Inert unless FAILPOINTS is set: then `failpoint()` is an empty function. Never armed on an address that others reach.
 *
 *   FAILPOINTS=append.afterCommit:kill@3     dies the third time that it comes by (more of them: separated by commas)
 *   FAILPOINTS=folder:/tmp/x                 obeys the file that is named like the process, once, and renames it to `.fired`
 */
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { CodedError } from './coded-error.ts';

/** Name of a place: what is under way, and where in it, such as `append.afterCommit`. */
export type Failpoint = `${string}.${string}`;

/** `kill`: as by kill -9. `stop`: as by SIGSTOP, until somebody sends SIGCONT. */
type FailpointAction = 'kill' | 'stop';

interface Order {
  readonly point: string;
  readonly action: FailpointAction;
  /** How often the place is still passed before the process dies or stops there. */
  passes: number;
  /** Called right before, because nothing runs after. False: the order has just been taken back. */
  readonly note: () => boolean;
}

const lookEveryMs = 50;
const folderPrefix = 'folder:';

let orders: Order[] | undefined;

/** A place that a test may choose. Costs nothing worth measuring while FAILPOINTS is not set. */
export function failpoint(point: Failpoint): void {
  if (orders !== undefined) passBy(point, orders);
}

function passBy(point: Failpoint, armed: readonly Order[]): void {
  for (const order of armed) {
    if (order.point !== point) continue;
    order.passes -= 1;
    if (order.passes !== 0) continue;
    if (order.note()) process.kill(process.pid, order.action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  }
}

/**
 * Arms what `text` (FAILPOINTS) asks for; nothing when it is undefined.
 * @throws CodedError `failpoints_refused` off loopback, `failpoints_invalid` for what cannot be read.
 */
export function armFailpoints(
  text: string | undefined,
  at: { readonly process: string; readonly isLoopback: boolean },
): void {
  orders = undefined;
  if (text === undefined || text === '') return;
  if (!at.isLoopback)
    throw new CodedError('failpoints_refused', 'FAILPOINTS is set, and this process can be reached from elsewhere', {
      nextStep: 'unset FAILPOINTS: it exists for tests on one machine, and kills processes',
    });
  orders = text.startsWith(folderPrefix) ? [] : text.split(',').map((one) => parseOrder(one, () => true));
  if (text.startsWith(folderPrefix)) obeyFolder(text.slice(folderPrefix.length), at.process);
}

function obeyFolder(folder: string, name: string): void {
  if (!isAbsolute(folder)) throw invalid(`${folderPrefix}${folder}`);
  const file = join(folder, name);
  const fired = (): boolean => {
    try {
      renameSync(file, `${file}.fired`);
      return true;
    } catch {
      return false;
    }
  };
  let seen = '';
  const look = (): void => {
    const text = existsSync(file) ? readIfThere(file) : '';
    if (text === seen) return;
    seen = text;
    orders = text === '' ? [] : [parseOrder(text.trim(), fired)];
  };
  look();
  setInterval(look, lookEveryMs).unref();
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // taken back this very moment
  }
}

function parseOrder(text: string, note: () => boolean): Order {
  const [, point = '', action = '', passes = '1'] =
    /^(\w+\.\w+):(kill|stop)(?:@([1-9]\d{0,8}))?$/.exec(text.trim()) ?? [];
  if (action !== 'kill' && action !== 'stop') throw invalid(text);
  return { point, action, passes: Number(passes), note };
}

function invalid(text: string): CodedError {
  return new CodedError('failpoints_invalid', `FAILPOINTS asks for "${text}", which is nothing`, {
    nextStep: `write append.afterCommit:kill@3 or append.afterCommit:stop, or ${folderPrefix} and an absolute path`,
  });
}
