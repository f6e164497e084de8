/** A saga of one's own: a table is held, then the guest confirms. Otherwise the table is free for others again. */
import { type EventType, eventType, logName } from '@eventstream/contracts';
import { defineSaga, reasonInJson } from '@eventstream/saga';

const type = (token: string): EventType => eventType(`TABLES.${token}`);
const minuteMs = 60_000;

/** The life of a reservation, in a log of its own. */
export const tableReservation = defineSaga({
  name: 'table-reservation',
  log: logName('TABLES'),
  starts: type('wished'),
  steps: [
    {
      name: 'hold',
      succeeds: type('held'),
      fails: type('full'),
      failsBecause: 'no table is free',
      withinMs: minuteMs,
      lateBecause: 'the restaurant did not answer',
      undo: { ask: type('releaseasked'), done: type('released') },
    },
    {
      name: 'confirm',
      succeeds: type('confirmed'),
      fails: type('declined'),
      failsBecause: 'the guest declined',
      withinMs: 15 * minuteMs,
      lateBecause: 'the guest did not confirm',
    },
  ],
  cancelOn: { type: type('cancelled'), because: () => 'the guest cancelled' },
  reasonIn: reasonInJson,
  ends: { done: type('confirmed'), undone: type('calledoff') },
});
