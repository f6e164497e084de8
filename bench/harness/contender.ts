/**
 * A contender is a program of its own, so that no run inherits another's memory or compiled code. It is told what to do
 * in JSON, checks its own result, and answers with figures; when the check fails it ends with an error, and the figure is void.
 */
import { messageOf } from '@eventstream/platform';
import { type Static, type TSchema, Type } from 'typebox';
import { Parse } from 'typebox/value';

/**
 * Where a contender runs: on servers of its own kind, against the whole product, or against one that has done nothing else.
 * The last is for memory: what a service holds after a flood would depend on which other rows were chosen.
 */
export const groundKinds = ['store', 'system', 'fresh-system'] as const;
export type GroundKind = (typeof groundKinds)[number];

/** One program with its options, under a name that rows refer to. */
export interface Contender {
  readonly name: string;
  readonly ground: GroundKind;
  /** File in `contenders/`. */
  readonly program: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** It makes its own rounds, and answers a figure for each: for what takes minutes to prepare. */
  readonly ownRounds?: true;
  /** About how long one run takes beside the measured seconds; for the estimate at the beginning. */
  readonly aroundSeconds: number;
  /** About how much disk it needs. */
  readonly diskGb?: number;
}

export const answerShape = Type.Object({
  /** Figure → value, or one value for each of its own rounds. */
  figures: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Array(Type.Number())])),
  /** What else is worth reading, such as CPU time by process. */
  notes: Type.Array(Type.String()),
});
/** What a program answers. */
export type Answer = Static<typeof answerShape>;

/**
 * What each contender does before it is measured: a number of operations and not a time, so that fast and slow ones alike
 * are measured with their code compiled. The same for the product and for its peers. After 10,000 an append over gRPC
 * still became cheaper for some seconds.
 */
export const warmUpOperations = 40_000;

/** What every program on servers of its own is told. */
export const storeTask = {
  seconds: Type.Number({ exclusiveMinimum: 0 }),
  /** An empty database, for its administrator. */
  databaseUrl: Type.String(),
  natsUrl: Type.String(),
};

/** What every program against the whole product is told. */
export const systemTask = {
  seconds: Type.Number({ exclusiveMinimum: 0 }),
  /** Data folder of the running system. */
  dataDir: Type.String(),
  /** The ids of acked orders are added there, one a line. */
  ackedFile: Type.String(),
  /** An empty database on the system's server, for its administrator. */
  databaseUrl: Type.String(),
  natsUrl: Type.String(),
};

/** The body of a program: reads its task, does it, answers. Whatever it throws makes its figure void. */
export async function contend<Shape extends TSchema>(
  shape: Shape,
  work: (task: Static<Shape>) => Promise<Partial<Answer>>,
): Promise<never> {
  endWithHarness();
  try {
    const task = Parse(shape, JSON.parse(process.argv[2] ?? '{}'));
    const { figures = {}, notes = [] } = await work(task);
    process.stdout.write(`${JSON.stringify({ figures, notes })}\n`, () => process.exit(0));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`, () => process.exit(1));
  }
  return new Promise(() => {});
}

/** Killed, the harness cannot end us, and whoever comes next would measure beside us. */
function endWithHarness(): void {
  const harness = process.ppid;
  setInterval(() => {
    if (process.ppid !== harness) process.exit(1);
  }, 1_000).unref();
}

/** Ends the program with this sentence unless it holds: a wrong result has no speed. */
export function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
