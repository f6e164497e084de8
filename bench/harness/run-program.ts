/** Runs a contender's program to its end and reads what it answers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { type Answer, answerShape } from './contender.ts';

/** What came of a run: figures, or why there are none. */
export type RunResult =
  | { readonly kind: 'figures'; readonly figures: Answer['figures']; readonly notes: readonly string[] }
  | { readonly kind: 'void'; readonly reason: string };

const reasonCharsMax = 600;
const folder = join(import.meta.dirname, '..', 'contenders');

/** Never rejects. A program that takes longer than `withinMs` is ended. */
export async function runProgram(
  program: string,
  task: Readonly<Record<string, unknown>>,
  { withinMs, signal }: { readonly withinMs: number; readonly signal: AbortSignal },
): Promise<RunResult> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(folder, program), JSON.stringify(task)],
    { stdio: ['ignore', 'pipe', 'pipe'], signal: limit, killSignal: 'SIGTERM' },
  );
  let said = '';
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (told = (told + chunk.toString()).slice(-reasonCharsMax)));
  try {
    await once(child, 'close');
  } catch (error) {
    if (!limit.aborted) throw error;
    return { kind: 'void', reason: signal.aborted ? 'ended early' : `no answer within ${withinMs / 1000} s` };
  }
  const answer = child.exitCode === 0 ? lastLineOf(said) : undefined;
  if (answer === undefined) return { kind: 'void', reason: told.trim() || `it ended with code ${child.exitCode}` };
  return { kind: 'figures', ...answer };
}

function lastLineOf(text: string): Answer | undefined {
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  try {
    const answer: unknown = JSON.parse(line);
    return Value.Check(answerShape, answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}
