/** Reads the numbers of a `/metrics` page (Prometheus text format). Pure. */

/** One number. */
export interface Sample {
  readonly name: string;
  /** As written between the braces; empty without labels. */
  readonly labels: string;
  readonly value: number;
}

/** Every sample of the page whose name `wanted` accepts; lines that aren't samples are passed over. */
export function readSamples(page: string, wanted: (name: string) => boolean): Sample[] {
  return page.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    return name === undefined || value === undefined || !wanted(name) ? [] : [{ name, labels, value: Number(value) }];
  });
}

/** The labels of a sample by name. */
export function labelsOf(sample: Sample): ReadonlyMap<string, string> {
  const pairs = sample.labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g);
  return new Map([...pairs].map(([, name = '', value = '']) => [name, value.replace(/\\(.)/g, unescaped)]));
}

function unescaped(_: string, letter: string): string {
  return letter === 'n' ? '\n' : letter;
}
