/** The saga that this package's tests tell their stories with. */
import { type EventType, eventType, logName, type RecordedEvent } from '@eventstream/contracts';
import { defineSaga, type SagaDefinition } from './definition.ts';

export const type = (token: string): EventType => eventType(`TRIPS.${token}`);

/** A trip: a flight, then a hotel, then the tickets. The first two can be undone. */
export function trip(change: Partial<SagaDefinition> = {}): SagaDefinition {
  const step = (name: string, withinMs: number) => ({
    name,
    succeeds: type(`${name}booked`),
    fails: type(`${name}refused`),
    failsBecause: `${name} refused`,
    withinMs,
    lateBecause: `${name} late`,
  });
  const undo = (name: string) => ({ ask: type(`${name}cancelasked`), done: type(`${name}cancelled`) });
  return defineSaga({
    name: 'trip',
    log: logName('TRIPS'),
    starts: type('wished'),
    steps: [
      { ...step('flight', 1000), undo: undo('flight') },
      { ...step('hotel', 2000), undo: undo('hotel') },
      step('tickets', 3000),
    ],
    cancelOn: { type: type('cancelwished'), because: () => 'traveller' },
    reasonIn,
    ends: { done: type('ticketsbooked'), undone: type('calledoff') },
    ...change,
  });
}

function reasonIn(event: RecordedEvent): string {
  const { reason } = JSON.parse(new TextDecoder().decode(event.data));
  if (typeof reason !== 'string') throw new Error(`${event.type} carries no reason`);
  return reason;
}

/** Every event type of a trip. */
export const tripTypes: readonly EventType[] = [
  'wished',
  ...['flight', 'hotel'].flatMap((name) => [
    `${name}booked`,
    `${name}refused`,
    `${name}cancelasked`,
    `${name}cancelled`,
  ]),
  'ticketsbooked',
  'ticketsrefused',
  'cancelwished',
  'calledoff',
].map(type);
