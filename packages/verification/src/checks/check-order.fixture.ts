/** Checks one order alone, and says what was found: for tests that plant damage in sound evidence. */
import assert from 'node:assert/strict';
import type { OrderEvent } from '@eventstream/contracts';
import type { Progress, StreamEvidence } from '../evidence.ts';
import { Findings } from '../findings.ts';
import { soundEvidence } from '../lives.fixture.ts';
import type { MoneySums, PromiseName, Remarks } from '../report.ts';
import { checkOrder } from './check-order.ts';

/** What a check found. */
export interface Checked {
  readonly broken: ReadonlyMap<PromiseName, string>;
  readonly money: ReadonlyMap<string, MoneySums>;
  readonly remarks: Remarks;
}

const none = () => ({ count: 0, first: [] });

/** Checks one order. */
export function check(evidence: StreamEvidence, progress: Progress): Checked {
  const remarks = {
    openIntents: none(),
    staleRows: none(),
    openDeadLetters: none(),
    stuckVoids: none(),
    unfinishedOrders: none(),
  };
  const money = new Map<string, MoneySums>();
  const findings = new Findings();
  checkOrder(evidence, progress, { findings, money, remarks });
  const broken = findings.lines().flatMap(({ promise, first }) => (first ? [[promise, first.message] as const] : []));
  return { broken: new Map(broken), money, remarks };
}

/** Changes sound evidence of a life, and says what the check then finds. */
export function damaged(
  life: readonly OrderEvent[],
  damage: (evidence: StreamEvidence) => Partial<StreamEvidence>,
  progress: Partial<Progress> = {},
): Checked {
  const sound = soundEvidence(life);
  return check({ ...sound.evidence, ...damage(sound.evidence) }, { ...sound.progress, ...progress });
}

/** This promise must be broken, in these words. */
export function mustName({ broken }: Checked, promise: PromiseName, words: RegExp): void {
  assert.match(broken.get(promise) ?? `nothing, but ${JSON.stringify([...broken])}`, words);
}
