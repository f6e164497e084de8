/** A page of the read model as the database gets it: changed orders, their items and the checkpoint, in one statement. */
import type { Incarnation, Position } from '@eventstream/contracts';
import { cancelReasonOf } from '@eventstream/domain';
import { asParameter } from '@eventstream/platform/sql';
import { debitedMinor, type Projected } from '../project-orders.ts';
import { projectionName } from './projections.ts';

/** What a page writes, and where. */
export interface PageWrite {
  readonly generation: bigint;
  readonly move: CheckpointMove;
  readonly rows: PageRows;
}

/** The rows of a page as the database reads them. */
export type PageRows = readonly unknown[];

/** The checkpoint is at `from`, in this life of the log or in none yet, and goes to `to`. */
export interface CheckpointMove {
  readonly from: Position;
  readonly to: Position;
  readonly incarnation: Incarnation;
}

/**
 * One round trip to the database and one commit, where a transaction of these three changes takes five. It answers one
 * row. When it answers none it has changed nothing: the checkpoint is elsewhere (somebody else was faster, or this very
 * statement was, and its answer was lost) or the generation is retired. So it may be sent again when nobody knows
 * whether it was committed.
 *
 * Rows come `from moved`: where the checkpoint did not move there is none to write, and the checkpoint's lock is taken
 * before any other. All changes of `orders` are one insert, because CockroachDB allows one change of a table in a
 * statement. An insert also goes by the keys, where an update that is joined with the list might be planned while the
 * table is small, and then read all of it for each page.
 *
 * An order that the fold takes for new must not have a row, and no row may go back: both mean that what was remembered
 * is not what is stored. `on conflict` would let that pass, so the revision becomes null then, which the column
 * refuses, and with it the whole page.
 */
export const writePage = {
  name: 'projection-page',
  text: `with moved as (
      update projections set position = $4::int8, incarnation = $5::uuid, changed_at = now()
      where name = $1 and generation = $2::int8 and position = $3::int8 and state <> 'retired'
        and (incarnation is null or incarnation = $5::uuid)
      returning generation
    ), written as (
      insert into orders (generation, orderid, customerid, restaurantid, amount_minor, currency, status, reason,
        createdon, payment, debited_minor, revision, position, created_position)
      select moved.generation, o.orderid, o.customerid, o.restaurantid, o.amount_minor, o.currency, o.status, o.reason,
        o.createdon, o.payment, o.debited_minor, o.revision, o.position, o.created_position
      from moved, unnest($6::uuid[], $7::text[], $8::text[], $9::int8[], $10::text[], $11::text[], $12::text[],
        $13::text[], $14::text[], $15::int8[], $16::int8[], $17::int8[], $18::int8[])
        as o (orderid, customerid, restaurantid, amount_minor, currency, status, reason,
          createdon, payment, debited_minor, revision, position, created_position)
      on conflict (generation, orderid) do update set status = excluded.status, reason = excluded.reason,
        payment = excluded.payment, debited_minor = excluded.debited_minor, position = excluded.position, stale = false,
        revision = case when excluded.created_position <= $3::int8 and orders.revision <= excluded.revision
          then excluded.revision end
      returning 1
    ), itemised as (
      insert into orderitems (generation, orderid, line, code, name, unitprice_minor, quantity)
      select moved.generation, i.orderid, i.line, i.code, i.name, i.unitprice_minor, i.quantity
      from moved, unnest($19::uuid[], $20::int8[], $21::text[], $22::text[], $23::int8[], $24::int8[])
        as i (orderid, line, code, name, unitprice_minor, quantity)
      returning 1
    )
    select generation from moved`,
};

/** The parameters of `writePage`. */
export function pageValues({ generation, move, rows }: PageWrite): readonly unknown[] {
  return [projectionName, generation, move.from, move.to, move.incarnation, ...rows];
}

/** The rows that a page changed. Written as text here, which takes as long as folding them, so that it can be done ahead. */
export function pageRows({ changed, created }: Pick<Projected, 'changed' | 'created'>): PageRows {
  const rows = [...changed.values()];
  const orders = rows.map(({ order }) => order);
  const lines = [...created].flatMap((id) =>
    (changed.get(id)?.order.details.items ?? []).map((item, index) => ({ id, line: index + 1, item })),
  );
  const lists = [
    [...changed.keys()],
    orders.map(({ details }) => details.customerId),
    orders.map(({ details }) => details.restaurantId),
    orders.map(({ details }) => details.amount.minor),
    orders.map(({ details }) => details.amount.currency),
    orders.map(({ status }) => status),
    orders.map((order) => cancelReasonOf(order) ?? null),
    orders.map(({ details }) => details.createdOn),
    orders.map(({ payment }) => payment.kind),
    orders.map((order) => debitedMinor(order)),
    rows.map(({ revision }) => revision),
    rows.map(({ position }) => position),
    rows.map(({ createdPosition }) => createdPosition),
    lines.map(({ id }) => id),
    lines.map(({ line }) => line),
    lines.map(({ item }) => item.code),
    lines.map(({ item }) => item.name),
    lines.map(({ item }) => item.unitPriceMinor),
    lines.map(({ item }) => item.quantity),
  ];
  return lists.map(asParameter);
}
