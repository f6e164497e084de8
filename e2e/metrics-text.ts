/** What a system shows at /metrics, and what docs/metrics.md says it shows. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestSystem } from './system.ts';

/** A metric: what it is, and the labels it is told apart by. */
export interface Metric {
  readonly kind: string;
  readonly help: string;
  readonly labels: Set<string>;
  /** Time series, over all processes. */
  series: number;
}

/** The project's own metrics of every process by name. Node's own are left out. */
export async function shownMetrics(system: TestSystem): Promise<ReadonlyMap<string, Metric>> {
  const found = new Map<string, Metric>();
  const { parts } = await system.refresh();
  for (const { healthUrl } of parts) {
    if (!healthUrl) continue;
    const text = await (await fetch(`${healthUrl}/metrics`)).text();
    for (const line of text.split('\n')) readLine(line, found);
  }
  return found;
}

function readLine(line: string, found: Map<string, Metric>): void {
  const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
  if (/^(nodejs|process)_/.test(name)) return;
  const known = found.get(name);
  if (word === 'HELP' && !known) found.set(name, { kind: '', help: rest, labels: new Set(), series: 0 });
  if (word === 'TYPE' && known) found.set(name, { ...known, kind: rest });
  const [, series = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
  const metric = found.get(series) ?? found.get(series.replace(/_(bucket|sum|count)$/, ''));
  if (!metric) return;
  metric.series += 1;
  for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) if (label !== 'le') metric.labels.add(label);
}

/** The rows of docs/metrics.md by name. */
export async function documentedMetrics(): Promise<ReadonlyMap<string, { kind: string; labels: ReadonlySet<string> }>> {
  const page = await readFile(join(import.meta.dirname, '..', 'docs', 'metrics.md'), 'utf8');
  const rows = new Map<string, { kind: string; labels: ReadonlySet<string> }>();
  for (const line of page.split('\n')) {
    const [, name, kind, labels] = /^\| `(\w+)` \| (\w+) \|([^|]*)\|/.exec(line) ?? [];
    if (name === undefined || kind === undefined) continue;
    rows.set(name, { kind, labels: new Set((labels ?? '').match(/\w+/g)) });
  }
  return rows;
}
