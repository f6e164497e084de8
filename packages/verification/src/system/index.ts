/** The verification of a whole system, by its addresses. */
export * from './open-verification.ts';
