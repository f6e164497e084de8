import { describe, test } from 'node:test';
import { reasonAsJson } from '@eventstream/saga';
import { sagaTest, timePasses } from '@eventstream/saga/testkit';
import { tableReservation } from './table-reservation.ts';

const minuteMs = 60_000;
const reservation = () => sagaTest(tableReservation, { write: reasonAsJson });

describe('a table reservation', () => {
  test('is done when the guest confirms in time', () => {
    reservation()
      .given('TABLES.wished', 'TABLES.held')
      .when(timePasses(14 * minuteMs), 'TABLES.confirmed')
      .does()
      .is('done');
  });

  test('is called off at once when no table is free: nothing is to be released', () => {
    reservation().given('TABLES.wished').when('TABLES.full').does('end: no table is free');
  });

  test('releases the table when the guest does not confirm, and is called off after that', () => {
    reservation()
      .given('TABLES.wished', 'TABLES.held')
      .when(timePasses(15 * minuteMs))
      .does('askUndo hold: the guest did not confirm')
      .when('TABLES.released')
      .does('end: the guest did not confirm');
  });

  test('releases a table that may be held: the restaurant did not answer in time, and did hold it', () => {
    reservation()
      .given('TABLES.wished')
      .when(timePasses(minuteMs))
      .does('askUndo hold: the restaurant did not answer')
      .when('TABLES.held', 'TABLES.released')
      .does('end: the restaurant did not answer');
  });

  test('is called off for its first reason, whatever follows', () => {
    reservation()
      .given('TABLES.wished', 'TABLES.held')
      .when('TABLES.cancelled', 'TABLES.declined')
      .does('askUndo hold: the guest cancelled')
      .when('TABLES.released')
      .does('end: the guest cancelled')
      .is('undone: the guest cancelled');
  });
});
