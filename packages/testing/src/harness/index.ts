/** Real servers for tests. */
export { type TestDatabase, type TestPostgres, testPostgres } from './postgres.ts';
