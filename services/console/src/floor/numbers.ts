/** The numbers of one process at one moment, and what two moments say together: rates and latencies. Pure. */
import { labelsOf, readSamples, type Sample } from '@eventstream/platform';

/** Label values that a sample must have. */
export type Labels = Readonly<Record<string, string>>;

interface Read {
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** What of a /metrics page is kept: our own numbers and a few of Node's. The rest would be the greater part of it. */
const wanted =
  /^(?!nodejs_)(?!process_(?!resident_memory_bytes|cpu_seconds_total|start_time))|^nodejs_eventloop_lag_p99/;

/** Numbers by name. */
export class Numbers {
  readonly #byName = new Map<string, Read[]>();

  constructor(page: string) {
    for (const sample of readSamples(page, (name) => wanted.test(name))) this.#add(sample);
  }

  #add(sample: Sample): void {
    const read = { labels: labelsOf(sample), value: sample.value };
    const known = this.#byName.get(sample.name);
    if (known) known.push(read);
    else this.#byName.set(sample.name, [read]);
  }

  /** The sum of what has this name and these labels; undefined when there is none. */
  sum(name: string, where: Labels = {}): number | undefined {
    const found = this.#matching(name, where);
    return found.length === 0 ? undefined : found.reduce((total, { value }) => total + value, 0);
  }

  /** The sum for each value of a label. */
  by(label: string, name: string, where: Labels = {}): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const { labels, value } of this.#matching(name, where)) {
      const key = labels.get(label) ?? '';
      sums.set(key, (sums.get(key) ?? 0) + value);
    }
    return sums;
  }

  #matching(name: string, where: Labels): readonly Read[] {
    const found = this.#byName.get(name) ?? [];
    const conditions = Object.entries(where);
    return conditions.length === 0
      ? found
      : found.filter(({ labels }) => conditions.every(([label, value]) => labels.get(label) === value));
  }
}

/** Two moments of one process. */
export interface Between {
  readonly before: Numbers | undefined;
  readonly now: Numbers | undefined;
  readonly ms: number;
}

/** How much a counter grew in a second; null when that cannot be said (one moment is missing, or the process began anew). */
export function perSecond({ before, now, ms }: Between, name: string, where: Labels = {}): number | null {
  const to = now?.sum(name, where);
  if (now === undefined || before === undefined || ms <= 0) return null;
  // A counter with labels appears with the first thing it counts.
  const grown = (to ?? 0) - (before.sum(name, where) ?? 0);
  return grown < 0 ? null : (grown * 1000) / ms;
}

/** The quantile of a histogram over what was added between two moments, in milliseconds; null when nothing was. */
export function quantileMs(
  { before, now }: Between,
  quantile: number,
  { name, where = {} }: { readonly name: string; readonly where?: Labels },
): number | null {
  if (now === undefined || before === undefined) return null;
  const earlier = before.by('le', `${name}_bucket`, where);
  const buckets = [...now.by('le', `${name}_bucket`, where)]
    .map(([le, total]) => ({
      upTo: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
      added: total - (earlier.get(le) ?? 0),
    }))
    .toSorted((one, other) => one.upTo - other.upTo);
  const all = buckets.at(-1)?.added ?? 0;
  if (all <= 0) return null;
  const rank = quantile * all;
  let from = 0;
  let below = 0;
  for (const { upTo, added } of buckets) {
    if (added >= rank) return toMs(from, upTo, added === below ? 1 : (rank - below) / (added - below));
    from = upTo;
    below = added;
  }
  return null;
}

/** Within a bucket everything is taken to be spread evenly, as Prometheus does; the last one has no end, so its start stands for it. */
function toMs(from: number, upTo: number, share: number): number {
  const seconds = Number.isFinite(upTo) ? from + (upTo - from) * share : from;
  return Math.round(seconds * 1_000_000) / 1000;
}
