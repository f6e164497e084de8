/** How a process or server stands, in one word and one sentence, from what its supervisor, itself and its numbers say. Pure. */
import type { BoxState } from '../api/floor.ts';
import type { Trouble } from '../api/values.ts';
import type { Look, ProcessLook, ServerAnswer } from './look.ts';
import type { Check } from './look-at-process.ts';

/** State and reason. */
export interface Standing {
  readonly state: BoxState;
  /** Null while it does its work. */
  readonly trouble: Trouble | null;
}

const well = (state: BoxState): Standing => ({ state, trouble: null });
const ill = (state: BoxState, says: string, nextStep: string | null): Standing => ({
  state,
  trouble: { says, nextStep },
});

/** How one of our processes stands. */
export function standingOfProcess(look: Look, name: string): Standing {
  const process = look.processes.get(name);
  if (process === undefined) return look.isSupervised ? leftOut(name) : well('elsewhere');
  const down = standingWhenDown(process);
  if (down !== undefined) return down;
  if (process.answer === undefined) return well('elsewhere');
  switch (process.answer.kind) {
    case 'silent':
      return ill(
        'unreachable',
        `${name} does not answer.`,
        `See what it wrote with \`npx eventstream logs ${name}\`; if it hangs, end it: it is started again.`,
      );
    case 'deaf':
      return ill(
        'notReady',
        `${name} runs, and its checks hang: something it depends on does not answer.`,
        'Look at the database and the broker.',
      );
    case 'starting':
      return well('starting');
    case 'notReady':
      return halted(process) ?? paused(process) ?? failing('notReady', name, process.answer.checks);
    case 'ready':
    case 'degraded':
      return halted(process) ?? paused(process) ?? working(name, process.answer.checks);
  }
}

function leftOut(name: string): Standing {
  return ill(
    'leftOut',
    `${name} was left out when the system was started.`,
    `Start your own in its place, or \`npx eventstream ${name}\`.`,
  );
}

function standingWhenDown({ name, supervised, answer }: ProcessLook): Standing | undefined {
  // Whoever answers runs, whatever the file says: it is a moment older.
  if (answer !== undefined && answer.kind !== 'silent') return undefined;
  switch (supervised?.state) {
    case 'preparing':
    case 'starting':
      return well('starting');
    case 'exited':
      return ill(
        'stopped',
        `${name} has ended${because(supervised.reason)}; it is started again.`,
        `See why with \`npx eventstream logs ${name}\`.`,
      );
    case 'failed':
    case 'stopped':
      return ill(
        'stopped',
        `${name} does not run${because(supervised.reason)}.`,
        `See why with \`npx eventstream logs ${name}\`, then start the system again.`,
      );
    default:
      return undefined;
  }
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason.slice(0, 300)}`;
}

function halted({ name, answer }: ProcessLook): Standing | undefined {
  const isHalted = ['worker_halted', 'follower_halted'].some((metric) => (answer?.numbers?.sum(metric) ?? 0) > 0);
  if (!isHalted) return undefined;
  const check = answer?.checks.find(({ ok }) => !ok);
  return ill(
    'halted',
    `${name} has halted: ${check?.reason ?? 'the log is in another life'}.`,
    check?.nextStep ?? 'Read docs/troubleshooting.md.',
  );
}

function paused({ name, answer }: ProcessLook): Standing | undefined {
  const isPaused = ['worker_paused', 'follower_paused'].some((metric) => (answer?.numbers?.sum(metric) ?? 0) > 0);
  if (!isPaused) return undefined;
  const check = answer?.checks.find(({ ok }) => !ok);
  return ill(
    'paused',
    `${name} waits: ${check?.reason ?? 'something it depends on does not answer'}. It goes on by itself.`,
    check?.nextStep ?? null,
  );
}

function working(name: string, checks: readonly Check[]): Standing {
  return checks.every(({ ok }) => ok) ? well('ready') : failing('degraded', name, checks);
}

function failing(state: 'degraded' | 'notReady', name: string, checks: readonly Check[]): Standing {
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length === 0) return ill(state, `${name} is not ready.`, null);
  // A check that is called after its own process is one of its work, and its reason says of what.
  // So does one that is called after the server that it names.
  const says = failed
    .map(({ name: check, reason }) =>
      reason && (check.startsWith(name) || reason.includes(check)) ? reason : `${check}: ${reason ?? 'not ready'}`,
    )
    .join('; ');
  return ill(state, `${name} says ${says}.`, failed.find(({ nextStep }) => nextStep !== null)?.nextStep ?? null);
}

/** The relay, which lives in eventstoresvc. Its own check there is called `relay`. */
export function standingOfRelay(look: Look): Standing {
  const host = standingOfProcess(look, 'eventstoresvc');
  const process = look.processes.get('eventstoresvc');
  const check = process?.answer?.checks.find(({ name }) => name === 'relay');
  const isHalted = (process?.answer?.numbers?.sum('relay_halted') ?? 0) > 0;
  if (isHalted)
    return ill(
      'halted',
      `The relay has halted: ${check?.reason ?? 'it waits for a person'}.`,
      check?.nextStep ?? 'Read docs/troubleshooting.md.',
    );
  if (check === undefined) return host.state === 'degraded' ? well('ready') : host;
  if (check.ok) return well('ready');
  return ill('paused', `The relay does not publish: ${check.reason ?? 'no reason given'}.`, check.nextStep);
}

/** A server underneath: whether it answered us, and what its supervisor says of it. */
export function standingOfServer(
  look: Look,
  server: { readonly name: 'postgres' | 'nats-server'; readonly answer: ServerAnswer },
): Standing {
  const { name, answer } = server;
  if (answer.ok) return well('ready');
  const process = look.processes.get(name);
  const down = process === undefined ? undefined : standingWhenDown({ ...process, answer: undefined });
  if (down !== undefined) return down;
  const silent = `${name} does not answer`;
  return ill(
    'unreachable',
    `${silent}${answer.reason.startsWith(silent) ? '' : `: ${answer.reason.slice(0, 300)}`}.`,
    process?.supervised === undefined
      ? 'Look at that server.'
      : `See what it wrote with \`npx eventstream logs ${name}\`.`,
  );
}
