/** The page of health: what the collector saw last, what each process says of itself, and the figures of both servers. */
import type { BrokerFigures } from '@eventstream/messaging';
import type { DatabaseHealth, Health } from '../api/health.ts';
import { onceWithin } from '../once-within.ts';
import { AboutProcesses } from './about-processes.ts';
import type { FloorCollector } from './collector.ts';
import { composeHealth } from './compose-health.ts';

/** What is asked. */
export interface HealthSources {
  readonly collector: FloorCollector;
  readonly databases: () => Promise<readonly DatabaseHealth[]>;
  readonly broker: () => Promise<BrokerFigures>;
  /** How the console bounds what it asks, for people who wonder what it costs. */
  readonly bounds: readonly string[];
}

/** The figures of servers are asked for once in this time, however many look at them. */
const figuresMs = 3_000;

/** Asks all of them at each call. */
export function healthOf({ collector, databases, broker, bounds }: HealthSources): () => Promise<Health> {
  const about = new AboutProcesses();
  const figures = onceWithin(figuresMs, () => Promise.all([databases(), broker().catch(() => undefined)]));
  return async () => {
    const { before, now } = await collector.looks();
    const [told, [ofDatabases, ofBroker]] = await Promise.all([about.of(now), figures()]);
    return composeHealth({ before, now, about: told, databases: ofDatabases, broker: ofBroker, bounds });
  };
}
