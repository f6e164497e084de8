/** Real servers for tests. */
export { ownNats, temporaryFolder, testNats } from './nats-server.ts';
export { type TestDatabase, type TestPostgres, testPostgres } from './postgres.ts';
export { type WatchedSql, watchedSql } from './rows-looked-at.ts';
export { throughTo } from './through-to.ts';
