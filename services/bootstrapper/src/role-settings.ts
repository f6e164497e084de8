/** How PostgreSQL serves each role: the settings with which its sessions begin. */

/**
 * Services only ever look for rows by their keys, many at a time. A plan that PostgreSQL made and kept while a table was
 * small would join such a list with all of the table, and take longer with every order until the table is analysed.
 */
const byKey = { enable_hashjoin: 'off', enable_mergejoin: 'off', enable_seqscan: 'off' } as const;

/**
 * A search by keys has one plan, whatever the values: planning it anew for each execution costs as much as a small
 * page.
 */
const plannedOnce = { ...byKey, plan_cache_mode: 'force_generic_plan' } as const;

/**
 * For roles that write only what follows from the log, each page together with its checkpoint: what a crash of the
 * database loses, the last half second at most, is folded again (docs/decisions/0016). Never for money, events or
 * intents.
 */
const derived = { ...plannedOnce, synchronous_commit: 'off' } as const;

/** Setting → value for a role. The verifier's are PostgreSQL's own: it reads whole tables. */
export function settingsOfRole(role: string): Readonly<Record<string, string>> {
  switch (role) {
    case 'verifier':
      return {};
    // They ask by whichever of several criteria somebody names.
    case 'console':
    case 'operator':
      return byKey;
    case 'sagacoordinator':
    case 'querymodelworker':
      return derived;
    default:
      return plannedOnce;
  }
}
