/** Everything that has to have happened in a run, by the names under which it is counted. */
import { usualFaults } from '../faults/calls.ts';
import { callFaults, deliveryFaults, incidents } from '../faults/faults.ts';
import { portFaults } from '../faults/natures.ts';
import { clientFaults } from '../world/clients.ts';
import { rarePaths } from '../world/sometimes.ts';

/** A group of names, for the report. */
export interface ExpectedGroup {
  readonly title: string;
  readonly names: readonly string[];
}

const ofPorts: readonly ExpectedGroup[] = Object.entries(portFaults).map(([port, may]) => ({
  title: `Calls to the ${port}`,
  names: [...(may ?? usualFaults)].map((fault) => `${port}: ${callFaults[fault]}`),
}));

/** In the order of the report. */
export const expected: readonly ExpectedGroup[] = [
  { title: 'The world', names: Object.values(incidents).map((says) => `world: ${says}`) },
  { title: 'Deliveries', names: Object.values(deliveryFaults).map((says) => `deliveries: ${says}`) },
  { title: 'Requests of clients', names: [...clientFaults].map((fault) => `HTTP: ${callFaults[fault]}`) },
  ...ofPorts,
  { title: 'Rare paths', names: Object.values(rarePaths) },
];

/** What of it never happened. */
export function missing(counts: ReadonlyMap<string, unknown>): readonly string[] {
  return expected.flatMap(({ names }) => names).filter((name) => !counts.has(name));
}
