/** The verification's sources in SQL. */
export { sqlVerificationSources, type VerificationDatabases } from './sources.ts';
