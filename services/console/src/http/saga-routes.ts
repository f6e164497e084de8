/** Sagas by state and age, stuck ones first; and the orders that wait for a person. */
import { orderIdOf } from '@eventstream/contracts';
import { type Clock, CodedError } from '@eventstream/platform';
import {
  describeSaga,
  type SagaDefinition,
  type SagaEntry,
  type SagaQuery,
  type SagaStore,
  sagaStatuses,
} from '@eventstream/saga';
import type { HttpApp } from '@eventstream/service-kit/http';
import { type Static, Type } from 'typebox';
import type { ReviewPage, SagaLine, SagaPage } from '../api/sagas.ts';
import { pageQuery } from './shapes.ts';

/** What the routes ask. */
export interface SagaParts {
  readonly sagas: SagaStore;
  readonly definition: SagaDefinition;
  readonly reviews: (page: { readonly limit: number; readonly cursor: string | undefined }) => Promise<ReviewPage>;
  readonly clock: Clock;
}

const sagaQuery = Type.Object(
  {
    ...pageQuery,
    status: Type.Optional(Type.Enum([...sagaStatuses])),
    stuck: Type.Optional(Type.Enum(['true', 'false'])),
    olderThanMs: Type.Optional(Type.String({ pattern: '^[0-9]{1,13}$', allowed: 'a number of milliseconds' })),
  },
  { additionalProperties: false },
);
type Query = Static<typeof sagaQuery>;

/** Adds the routes. */
export function sagaRoutes(app: HttpApp, parts: SagaParts): void {
  app.get('/api/sagas', { schema: { querystring: sagaQuery } }, (request) => listSagas(parts, request.query));
  const reviewQuery = Type.Object(pageQuery, { additionalProperties: false });
  app.get('/api/reviews', { schema: { querystring: reviewQuery } }, (request) => {
    const { cursor, limit = '50' } = request.query;
    return parts.reviews({ cursor, limit: Number(limit) });
  });
}

type Part = Pick<SagaQuery, 'status' | 'stuck'>;

/** The list is several lists, one after the other: what is stuck, then what goes back, then what runs. */
function partsOf({ status, stuck }: Query): readonly Part[] {
  const rest: readonly Part[] =
    status === undefined
      ? [
          { status: 'undoing', stuck: false },
          { status: 'running', stuck: false },
        ]
      : [{ status, stuck: false }];
  if (stuck === 'true') return [{ status, stuck: true }];
  return stuck === 'false' ? rest : [{ status, stuck: true }, ...rest];
}

/** A cursor is the number of the list, and the list's own cursor. Throws `cursor_unknown` where there is no such list. */
function placeOf(text: string, lists: number): { at: number; cursor: string } {
  const [, digit, cursor = ''] = /^([0-9])(.*)$/.exec(text) ?? [];
  if (digit === undefined || Number(digit) >= lists)
    throw new CodedError('cursor_unknown', 'No page of sagas ended with this cursor.');
  return { at: Number(digit), cursor };
}

async function listSagas({ sagas, definition, clock }: SagaParts, query: Query): Promise<SagaPage> {
  const lists = partsOf(query);
  const limit = Number(query.limit ?? '50');
  const olderThanMs = query.olderThanMs === undefined ? undefined : Number(query.olderThanMs);
  const found: SagaEntry[] = [];
  let { at, cursor } = placeOf(query.cursor ?? '0', lists.length);
  while (at < lists.length && found.length < limit) {
    const page = await sagas.list({
      ...lists[at],
      olderThanMs,
      limit: limit - found.length,
      cursor: cursor === '' ? undefined : cursor,
    });
    found.push(...page.sagas);
    cursor = page.next ?? '';
    if (page.next === undefined) at += 1;
  }
  const nowMs = clock.nowMs();
  return {
    sagas: found.map((entry) => lineOf(definition, entry, nowMs)),
    nextCursor: at < lists.length ? `${at}${cursor}` : null,
    counts: await sagas.counts(),
  };
}

function lineOf(definition: SagaDefinition, entry: SagaEntry, nowMs: number): SagaLine {
  const described = describeSaga(definition, entry);
  const dueMs = described.steps.find(({ dueMs: due }) => due !== null)?.dueMs ?? described.next?.dueMs ?? null;
  return {
    orderId: orderIdOf(entry.row.stream) ?? entry.row.stream,
    status: described.status,
    step: described.current,
    reason: described.reason,
    startedAtMs: described.startedAtMs,
    sinceMs: described.sinceMs,
    dueMs,
    isStuck: described.isStuck,
    isOverdue: described.status === 'running' && dueMs !== null && dueMs < nowMs,
    next: described.next?.kind ?? null,
    attempts: described.attempts,
    lastError: described.lastError,
  };
}
