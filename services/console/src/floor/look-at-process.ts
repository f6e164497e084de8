/** One look at one process: is it alive, can it do its work, and its numbers. Never rejects, never takes long. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Numbers } from './numbers.ts';

/** A check that a process makes of itself. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly optional: boolean;
  readonly reason: string | null;
  readonly nextStep: string | null;
}

/** What a process answered. `deaf`: alive, and its checks hang; `silent`: no answer at all. */
export interface Answer {
  readonly kind: 'ready' | 'degraded' | 'starting' | 'notReady' | 'deaf' | 'silent';
  readonly checks: readonly Check[];
  readonly numbers: Numbers | undefined;
}

/** A process that stands still must be seen within two seconds: one look a second, and this on top. */
const readyMs = 650;
const aliveMs = 250;
const numbersMs = 900;

const readyz = Compile(
  Type.Object({
    status: Type.String(),
    phase: Type.String(),
    checks: Type.Array(
      Type.Object({
        name: Type.String(),
        ok: Type.Boolean(),
        optional: Type.Optional(Type.Boolean()),
        reason: Type.Optional(Type.String()),
        nextStep: Type.Optional(Type.String()),
      }),
    ),
  }),
);

/** Looks at the process behind this health address. */
export async function lookAtProcess(healthUrl: string): Promise<Answer> {
  const [readiness, numbers] = await Promise.all([askReadiness(healthUrl), askNumbers(healthUrl)]);
  return { ...readiness, numbers };
}

async function askReadiness(healthUrl: string): Promise<Omit<Answer, 'numbers'>> {
  try {
    const response = await fetch(`${healthUrl}/readyz`, { signal: AbortSignal.timeout(readyMs) });
    const body: unknown = await response.json();
    if (!readyz.Check(body)) return { kind: response.ok ? 'ready' : 'notReady', checks: [] };
    const checks = body.checks.map((check) => ({
      name: check.name,
      ok: check.ok,
      optional: check.optional ?? false,
      reason: check.reason ?? null,
      nextStep: check.nextStep ?? null,
    }));
    if (response.ok) return { kind: checks.every(({ ok }) => ok) ? 'ready' : 'degraded', checks };
    return { kind: body.phase === 'starting' ? 'starting' : 'notReady', checks };
  } catch {
    return { kind: (await isAlive(healthUrl)) ? 'deaf' : 'silent', checks: [] };
  }
}

async function isAlive(healthUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${healthUrl}/livez`, { signal: AbortSignal.timeout(aliveMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function askNumbers(healthUrl: string): Promise<Numbers | undefined> {
  try {
    const response = await fetch(`${healthUrl}/metrics`, { signal: AbortSignal.timeout(numbersMs) });
    return new Numbers(await response.text());
  } catch {
    return undefined;
  }
}
