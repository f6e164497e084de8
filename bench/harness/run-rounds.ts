/** Runs the contenders in rounds, each round in another order, so that whoever comes after whom evens out. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Contender, type GroundKind, groundKinds } from './contender.ts';
import { type Ground, openGround } from './grounds.ts';
import type { Round } from './judge-rows.ts';
import { runProgram } from './run-program.ts';

/** What to run, and who watches. */
export interface RoundsPlan {
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  /** Measured time of one run. */
  readonly seconds: number;
  /** Servers and data; removed by whoever made it. */
  readonly folder: string;
  /** Added to what every program is told. */
  readonly shared: Readonly<Record<string, unknown>>;
  /** Where the plans of statements go, when they are wanted. */
  readonly plansFolder: string | undefined;
  readonly signal: AbortSignal;
  readonly onRun: (done: number, of: number, next: string) => void;
  readonly onNotes: (contender: string, notes: readonly string[]) => void;
}

/** The figures of every contender, by its name. */
export type Results = ReadonlyMap<string, readonly Round[]>;

/** A program may take so much longer than its measured time before it counts as hanging. */
const patienceSeconds = 240;
const ownRoundsPatienceSeconds = 3_600;

/** Runs everything. A ground that does not open, and a promise that is broken on it, make all figures on it void. */
export async function runRounds(plan: RoundsPlan): Promise<Results> {
  const results = new Map<string, Round[]>(plan.contenders.map(({ name }) => [name, []]));
  const steps = stepsOf(plan);
  let done = 0;
  for (const kind of groundKinds) {
    const own = steps.filter(({ contender }) => contender.ground === kind);
    if (own.length === 0 || plan.signal.aborted) continue;
    plan.onRun(done, steps.length, `starting the ${kind}'s servers`);
    await onGround(kind, plan, async (ground) => {
      plan.onRun(done, steps.length, 'warming up');
      const cold = kind !== 'store' ? await warmUp(plan, ground) : undefined;
      for (const { contender } of cold === undefined ? [] : own)
        results.set(contender.name, [{ kind: 'void', reason: `warming up: ${cold}` }]);
      if (cold !== undefined) return;
      for (const { contender } of own) {
        if (plan.signal.aborted) return;
        plan.onRun(done, steps.length, contender.name);
        results.get(contender.name)?.push(await runOnce(plan, ground, contender));
        done += 1;
      }
      plan.onRun(done, steps.length, 'verifying');
      const broken = await ground.verify();
      if (broken === undefined) return;
      for (const { contender } of own) results.set(contender.name, [{ kind: 'void', reason: broken }]);
    });
  }
  plan.onRun(steps.length, steps.length, '');
  return results;
}

/** Round after round; a contender with rounds of its own runs once, in the last. */
function stepsOf({ contenders, rounds }: RoundsPlan): { readonly contender: Contender }[] {
  const often = contenders.filter(({ ownRounds }) => ownRounds !== true);
  const once = contenders.filter(({ ownRounds }) => ownRounds === true);
  const inRounds = Array.from({ length: rounds }, (_, round) => {
    const from = often.length === 0 ? 0 : round % often.length;
    return [...often.slice(from), ...often.slice(0, from)];
  });
  return [...inRounds.flat(), ...once].map((contender) => ({ contender }));
}

async function onGround(kind: GroundKind, plan: RoundsPlan, work: (ground: Ground) => Promise<void>): Promise<void> {
  const ground = await openGround(kind, join(plan.folder, kind));
  try {
    if (plan.plansFolder !== undefined) await ground.explain();
    await work(ground);
  } finally {
    await ground.close();
    if (plan.plansFolder !== undefined)
      await copyFile(ground.postgresLog, join(plan.plansFolder, `${kind}.postgres.log`));
  }
}

/** Once for each system that is started. What went wrong, if anything did: nothing is measured on a system that failed. */
async function warmUp(plan: RoundsPlan, ground: Ground): Promise<string | undefined> {
  const warmer = { name: 'warm-up', ground: 'system', program: 'warm-up.ts', options: {}, aroundSeconds: 0 } as const;
  const result = await runOnce(plan, ground, warmer);
  return result.kind === 'void' ? result.reason : undefined;
}

async function runOnce(plan: RoundsPlan, ground: Ground, contender: Contender): Promise<Round> {
  const { task, tidy } = await ground.prepare();
  try {
    const seconds = (contender.ownRounds === true ? ownRoundsPatienceSeconds : patienceSeconds) + plan.seconds;
    const result = await runProgram(
      contender.program,
      { ...task, ...plan.shared, ...contender.options, seconds: plan.seconds, rounds: plan.rounds },
      { withinMs: seconds * 1000, signal: plan.signal },
    );
    if (result.kind === 'figures') plan.onNotes(contender.name, result.notes);
    return result;
  } finally {
    await tidy();
  }
}
