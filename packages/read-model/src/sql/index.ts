/** The read model of orders in SQL. */

export { readModelMigrations } from './migrations.ts';
export { sqlOrderQueries } from './order-queries.ts';
export { type OrderRow, orderColumns, type StoredOrder, toFolded } from './order-rows.ts';
export { orderSink } from './order-sink.ts';
export { projectorName } from './parked-letters.ts';
export { findLiveGeneration, liveGeneration, projectionName } from './projections.ts';
export { type RebuildOptions, rebuildReadModel } from './rebuild.ts';
export { type RefoldOptions, refoldParked } from './refold-parked.ts';
