/** Links between processes that are late, narrow, cut, silent or half open. */
import type { FaultProxy, LinkFault, LinkFaultKind } from '@eventstream/testing/fault-proxy';
import type { Draw } from '../draw.ts';
import { pause } from '../pause.ts';
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
  nodes: [5_000, 15_000],
};
const usualMs = [1_000, 6_000] as const;

const meetsWithinMs = 30_000;

const between = 'nodes';

/** Every link of a broker that is alone, with everything that can be wrong with it. */
export const linkFaults: readonly Fault[] = linkNames.filter((link) => link !== between).flatMap(faultsOf);
/** The links between the nodes of a cluster. */
export const nodeLinkFaults: readonly Fault[] = faultsOf(between);

function faultsOf(link: LinkName): readonly Fault[] {
  return wrongs.map(
    ({ kind, says, draw: drawFault }): Fault => ({
      name: `${link === between ? 'link between nodes' : `link to ${link}`} ${says}`,
      family: 'links',
      lane: 'surroundings',
      async inflict({ links }, draw, over) {
        const [least, most] = kind === 'halfOpen' ? halfOpenMs[link] : usualMs;
        const wrong = drawFault(draw);
        const share = draw.pick([1, 1, 0.5]);
        const forMs = draw.between(least, most);
        // Nobody may be connected at the moment, or none of those be drawn: then once more.
        for (const sinceMs = performance.now(); ; ) {
          const proxy = usedOf(links[link], draw);
          const met = await standWrong(proxy, { wrong, share, forMs }, over);
          if (met > 0 || over.aborted || performance.now() > sinceMs + meetsWithinMs) return met;
        }
      },
    }),
  );
}

/** Of a cluster's nodes, one that somebody is connected to. */
function usedOf(proxies: readonly FaultProxy[], draw: Draw): FaultProxy {
  const used = proxies.filter(({ open }) => open > 0);
  const proxy = used[draw.whole(0, used.length - 1)] ?? proxies[0];
  if (proxy === undefined) throw new Error('there is no proxy in this link');
  return proxy;
}

/** Lets it be wrong for so long; answers how many connections met that. */
async function standWrong(
  proxy: FaultProxy,
  { wrong, share, forMs }: { readonly wrong: LinkFault; readonly share: number; readonly forMs: number },
  over: AbortSignal,
): Promise<number> {
  const before = proxy.met;
  proxy.impose(wrong, share);
  try {
    await pause(forMs, over);
  } finally {
    proxy.heal();
  }
  return proxy.met - before;
}
