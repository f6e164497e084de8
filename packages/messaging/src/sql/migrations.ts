/** The relay's table, in the event store's database. One statement each; what was released never changes. */

/** Component `relay` of the migration runner. */
export const relayMigrations = [
  {
    number: 1,
    name: 'relay leases',
    statement: `
      CREATE TABLE IF NOT EXISTS relay_leases (
        log text PRIMARY KEY,
        holder text NOT NULL,
        epoch int8 NOT NULL,
        expires_at timestamptz NOT NULL,
        high_water_mark int8,
        high_water_incarnation uuid
      )`,
  },
] as const;
