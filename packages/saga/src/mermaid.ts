/** A saga's definition as a Mermaid state diagram: steps, failures, deadlines, undo, ends. */
import type { SagaDefinition, SagaStep } from './definition.ts';

/** The diagram's text (`stateDiagram-v2`). The same definition gives the same text. */
export function sagaDiagram(definition: SagaDefinition): string {
  const { steps, starts, ends } = definition;
  const lines = ['stateDiagram-v2'];
  for (const step of steps) {
    lines.push(state(idOf(step), step.name));
    if (step.undo) lines.push(state(undoIdOf(step), `undo ${step.name}: ${step.undo.ask}`));
  }
  lines.push(state('done', 'done'), state('undone', `undone: ${ends.undone}`));
  for (const [index, step] of steps.entries()) {
    if (index === 0) lines.push(way('[*]', idOf(step), starts));
    const next = steps[index + 1];
    lines.push(way(idOf(step), next ? idOf(next) : 'done', step.succeeds));
    lines.push(way(idOf(step), undoBefore(definition, index), `${step.fails} (${step.failsBecause})`));
    const back = undoBefore(definition, index + 1);
    lines.push(way(idOf(step), back, `after ${duration(step.withinMs)} (${step.lateBecause})`));
    if (definition.cancelOn) lines.push(way(idOf(step), back, definition.cancelOn.type));
  }
  for (const [index, step] of [...steps.entries()].toReversed()) {
    if (!step.undo) continue;
    lines.push(way(undoIdOf(step), undoBefore(definition, index), `${step.undo.done}, or ${step.fails}`));
  }
  return `${[...lines, way('done', '[*]'), way('undone', '[*]')].join('\n')}\n`;
}

/** The state in which undoing begins when only steps before this index may have happened. */
function undoBefore({ steps }: SagaDefinition, index: number): string {
  const last = steps.slice(0, index).findLast((step) => step.undo);
  return last ? undoIdOf(last) : 'undone';
}

// Mermaid's ids take no dashes, and `done`, `undone` and `end` must stay free for states that are no steps.
const idOf = (step: SagaStep): string => `step_${step.name.replaceAll('-', '_')}`;
const undoIdOf = (step: SagaStep): string => `undo_${step.name.replaceAll('-', '_')}`;
const state = (id: string, label: string): string => `  state "${label}" as ${id}`;
const way = (from: string, to: string, label?: string): string =>
  `  ${from} --> ${to}${label === undefined ? '' : ` : ${label}`}`;

const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** The largest unit that divides it. */
function duration(ms: number): string {
  const unit = units.find(([size]) => ms >= size && ms % size === 0);
  return unit ? `${ms / unit[0]} ${unit[1]}` : `${ms} ms`;
}
