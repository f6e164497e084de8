/** What each process says of itself, asked once for each life of it. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { AboutProcess } from './compose-health.ts';
import type { Look, ProcessLook } from './look.ts';

const about = Compile(
  Type.Object({
    version: Type.String(),
    node: Type.String(),
    startedAtMs: Type.Number(),
    settings: Type.Array(
      Type.Object({
        name: Type.String(),
        value: Type.Union([Type.String(), Type.Null()]),
        secret: Type.Boolean(),
        isDefault: Type.Boolean(),
        description: Type.String(),
      }),
    ),
  }),
);

const answerMs = 1_000;
/** Without a supervisor nobody says when a process was started again: then it is asked again after this long. */
const keepMs = 60_000;

/** Asks, and remembers. */
export class AboutProcesses {
  readonly #known = new Map<string, { readonly life: string; readonly about: AboutProcess }>();

  /** By name; whoever does not answer is not in it. */
  async of(look: Look): Promise<ReadonlyMap<string, AboutProcess>> {
    const told = await Promise.all([...look.processes.values()].map((process) => this.#ask(process, look.tickMs)));
    return new Map(told.flatMap((one) => (one === undefined ? [] : [one])));
  }

  async #ask(process: ProcessLook, tickMs: number): Promise<readonly [string, AboutProcess] | undefined> {
    const { name, healthUrl, supervised } = process;
    if (healthUrl === undefined) return undefined;
    const life = `${healthUrl} ${supervised?.pid ?? Math.floor(tickMs / keepMs)}`;
    const known = this.#known.get(name);
    if (known?.life === life) return [name, known.about];
    const answered = await askAbout(healthUrl);
    if (answered === undefined) return undefined;
    this.#known.set(name, { life, about: answered });
    return [name, answered];
  }
}

async function askAbout(healthUrl: string): Promise<AboutProcess | undefined> {
  try {
    const response = await fetch(`${healthUrl}/about`, { signal: AbortSignal.timeout(answerMs) });
    const body: unknown = await response.json();
    return about.Check(body) ? body : undefined;
  } catch {
    return undefined;
  }
}
