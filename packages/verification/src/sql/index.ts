/** The verification's sources in SQL. */
export { whatStillMoves } from './rest.ts';
export { sqlVerificationSources, type VerificationDatabases } from './sources.ts';
