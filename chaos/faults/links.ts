/** Links between processes that are late, narrow, cut, silent or half open. */
import { setTimeout as wait } from 'node:timers/promises';
import type { LinkFault, LinkFaultKind } from '@eventstream/testing/fault-proxy';
import type { Draw } from '../draw.ts';
import { type LinkName, linkNames } from '../stage/stage.ts';
import type { Fault } from './fault.ts';

/** What goes wrong, with its size drawn. Long enough to meet timeouts, too short for people to be asked. */
const wrongs: readonly {
  readonly kind: LinkFaultKind;
  readonly says: string;
  readonly draw: (draw: Draw) => LinkFault;
}[] = [
  { kind: 'slow', says: 'slow', draw: (d) => ({ kind: 'slow', ms: d.between(20, 300), jitterMs: d.between(0, 300) }) },
  { kind: 'narrow', says: 'narrow', draw: (d) => ({ kind: 'narrow', bytesPerSecond: d.whole(4_000, 60_000) }) },
  {
    kind: 'cutAfter',
    says: 'cut in the middle of a message',
    draw: (d) => ({ kind: 'cutAfter', bytes: d.whole(1, 6_000) }),
  },
  { kind: 'reset', says: 'broken off', draw: () => ({ kind: 'reset' }) },
  { kind: 'refuse', says: 'refused', draw: () => ({ kind: 'refuse' }) },
  { kind: 'silent', says: 'silent', draw: () => ({ kind: 'silent', direction: 'both' }) },
  { kind: 'silent', says: 'silent on the way back', draw: () => ({ kind: 'silent', direction: 'down' }) },
  { kind: 'halfOpen', says: 'half open', draw: () => ({ kind: 'halfOpen' }) },
];

/** The broker's clients notice a dead peer after two pings that are not answered, 10 s each. */
const halfOpenMs: Readonly<Record<LinkName, readonly [number, number]>> = {
  postgres: [3_000, 9_000],
  broker: [22_000, 32_000],
  eventstoresvc: [3_000, 9_000],
  paymentgateway: [2_000, 5_000],
};
const usualMs = [1_000, 6_000] as const;

/** Every link with everything that can be wrong with it. */
export const linkFaults: readonly Fault[] = linkNames.flatMap((link) =>
  wrongs.map(
    ({ kind, says, draw: drawFault }): Fault => ({
      name: `link to ${link} ${says}`,
      family: 'links',
      lane: 'surroundings',
      async inflict({ links }, draw, over) {
        // Of a cluster's nodes, one that somebody is connected to.
        const used = links[link].filter(({ open }) => open > 0);
        const proxy = used[draw.whole(0, used.length - 1)] ?? links[link][0];
        if (proxy === undefined) return 0;
        const before = proxy.met;
        proxy.impose(drawFault(draw), draw.pick([1, 1, 0.5]));
        try {
          const [least, most] = kind === 'halfOpen' ? halfOpenMs[link] : usualMs;
          await wait(draw.between(least, most), undefined, { signal: over }).catch(() => {});
        } finally {
          proxy.heal();
        }
        return proxy.met - before;
      },
    }),
  ),
);
