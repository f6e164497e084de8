/** Dead letters: lists, one with everything around it, and what is decided about them. */
import { setTimeout as wait } from 'node:timers/promises';
import { type LogName, nextRevision, orderIdOf } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import { CodedError } from '@eventstream/platform';
import { Problem } from '@eventstream/service-kit';
import { answer, type HttpApp } from '@eventstream/service-kit/http';
import {
  type DeadLetter,
  type DeadLetterOffice,
  type FaultGroup,
  groupOf,
  lettersListedMax,
} from '@eventstream/worker';
import { Type } from 'typebox';
import * as api from '../api/dead-letters.ts';
import { printable } from '../api/values.ts';
import { type AuditTrail, audited } from '../audit.ts';
import { consoleProblems } from '../problems.ts';
import { uuidParams } from './shapes.ts';

/** What the routes act through. */
export interface DeadLetterParts {
  readonly office: DeadLetterOffice;
  readonly store: EventReader;
  readonly log: LogName;
  readonly trail: AuditTrail;
  readonly operator: string;
}

/** What failed once may hurt again: many are redriven no faster than this. */
const redrivesPerSecond = 20;

/** Adds the routes. */
export function deadLetterRoutes(app: HttpApp, parts: DeadLetterParts): void {
  listRoutes(app, parts);
  showRoute(app, parts);
  decisionRoutes(app, parts);
  dryRunRoute(app, parts);
  redriveAllRoute(app, parts);
}

function listRoutes(app: HttpApp, { office }: DeadLetterParts): void {
  const state = Type.Optional(api.deadLetterState);
  const groupsQuery = Type.Object({ state }, { additionalProperties: false });
  app.get('/api/dead-letters/groups', { schema: { querystring: groupsQuery } }, async (request, reply) => {
    const { groups, looked, complete } = await office.groups({ state: request.query.state ?? 'open' });
    return reply.send({ groups: groups.map(groupAnswer), looked, complete } satisfies api.DeadLetterGroups);
  });
  const listQuery = Type.Object(
    {
      state,
      consumer: Type.Optional(printable(100)),
      group: Type.Optional(printable(200)),
      limit: Type.Optional(
        Type.String({ pattern: '^([1-9][0-9]{0,2}|1000)$', allowed: 'a whole number from 1 to 1000' }),
      ),
    },
    { additionalProperties: false },
  );
  app.get('/api/dead-letters', { schema: { querystring: listQuery } }, async (request, reply) => {
    const { state: wanted = 'open', consumer, group, limit = '200' } = request.query;
    const most = group === undefined ? Number(limit) : lettersListedMax;
    const found = await office.list({ state: wanted, limit: most, consumer });
    const letters = found.filter((letter) => group === undefined || groupOf(letter) === group);
    return reply.send({
      letters: letters.slice(0, Number(limit)).map(letterAnswer),
      complete: found.length < most && letters.length <= Number(limit),
    } satisfies api.DeadLetterList);
  });
}

function showRoute(app: HttpApp, { office, store, log }: DeadLetterParts): void {
  app.get('/api/dead-letters/:id', { schema: { params: uuidParams } }, async (request, reply) => {
    const found = await orProblem(async (): Promise<api.DeadLetterDetail> => {
      const { letter, decisions, behind } = await office.show(request.params.id.toLowerCase());
      const event = await eventOf(store, log, letter);
      return {
        letter: letterAnswer(letter),
        data: event === undefined ? null : new TextDecoder().decode(event.data).slice(0, dataCharactersMax),
        metadata: { ...event?.metadata },
        behind,
        decisions: decisions.map(({ atMs, decision, by, why }) => ({ atMs, decision, by, why })),
      };
    });
    return answer(reply, found, (detail) => detail);
  });
}

const dataCharactersMax = 65_536;

/** The event that the letter is about; undefined when the store has another one there, or does not answer. */
async function eventOf(store: EventReader, log: LogName, letter: DeadLetter) {
  try {
    const page = await store.readStream(log, letter.stream, {
      direction: 'backwards',
      from: nextRevision(letter.revision),
      limit: 1,
    });
    return page.events.find(({ id }) => id === letter.eventId);
  } catch {
    return undefined;
  }
}

function decisionRoutes(app: HttpApp, { office, trail, operator }: DeadLetterParts): void {
  for (const decision of ['redrive', 'discard'] as const) {
    app.post(
      `/api/dead-letters/:id/${decision}`,
      { schema: { params: uuidParams, body: api.letterDecision } },
      async (request, reply) => {
        const { why, by = operator } = request.body;
        const id = request.params.id.toLowerCase();
        const decided = await audited(
          trail,
          { by, action: decision, subject: id, why },
          {
            run: () =>
              orProblem(async () => {
                await office.decide(id, decision, { by, why });
                return letterAnswer((await office.show(id)).letter);
              }),
            says: ({ state }) => `the dead letter is ${state}`,
          },
        );
        return answer(reply, decided, (letter) => letter);
      },
    );
  }
}

function dryRunRoute(app: HttpApp, { office, trail, operator }: DeadLetterParts): void {
  app.post('/api/dead-letters/:id/dry-run', { schema: { params: uuidParams } }, async (request, reply) => {
    const id = request.params.id.toLowerCase();
    const dry = await audited(
      trail,
      { by: operator, action: 'dry-run', subject: id, why: 'to see what a redrive would do' },
      {
        run: () => orProblem(() => office.dryRun(id, operator, wait)),
        says: ({ says }) => says,
      },
    );
    return answer(reply, dry, ({ outcome, says, stack, effects }) => ({
      outcome,
      says,
      stack: stack ?? null,
      effects,
    }));
  });
}

function redriveAllRoute(app: HttpApp, { office, trail, operator }: DeadLetterParts): void {
  app.post('/api/dead-letters/redrive', { schema: { body: api.redriveMany } }, async (request, reply) => {
    const { why, group, by = operator } = request.body;
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const redriven = await audited(
      trail,
      { by, action: 'redrive', subject: group ?? 'all open ones', why },
      {
        run: () =>
          office.redriveAll({
            ratePerSecond: redrivesPerSecond,
            decision: { by, why },
            wait: (ms) => wait(ms, undefined, { signal: gone.signal }),
            group,
          }),
        says: (so) => `${so.redriven} are tried again, ${so.passedOver} were decided meanwhile`,
      },
    );
    return answer(reply, redriven, (so) => so);
  });
}

/** Runs the work; what the office throws for an expected "no" becomes a problem. */
async function orProblem<T>(work: () => Promise<T>): Promise<T | Problem> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.code === 'dead_letter_unknown') return new Problem(consoleProblems.deadLetterNotFound, error.message);
    if (error.code === 'dead_letter_decided') return new Problem(consoleProblems.deadLetterDecided, error.message);
    throw error;
  }
}

/** A dead letter as it is answered. */
export function letterAnswer(letter: DeadLetter): api.DeadLetter {
  const { id, consumer, state, eventId, type, log, position, stream, revision, reason, stack, attempts } = letter;
  return {
    id,
    consumer,
    state,
    eventId,
    type,
    log,
    position,
    stream,
    orderId: orderIdOf(stream) ?? null,
    revision,
    reason,
    stack: stack ?? null,
    attempts,
    firstAtMs: letter.firstAtMs,
    lastAtMs: letter.lastAtMs,
    resolvedBy: letter.resolvedBy ?? null,
    resolvedWhy: letter.resolvedWhy ?? null,
  };
}

function groupAnswer({ streams, first, ...group }: FaultGroup): api.DeadLetterGroup {
  return { ...group, orders: streams, first: letterAnswer(first) };
}
