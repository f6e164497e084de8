/** What several routes take in their address. Everything in a query is text. */
import { Type } from 'typebox';

/** An id in the path. */
export const uuidParams = Type.Object({
  id: Type.String({
    pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
    allowed: 'a whole id, such as 01a222c8-a6f9-747d-ab62-36056343f2d2',
  }),
});

/** Where a page goes on, and how long it is. */
export const pageQuery = {
  cursor: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,400}$', allowed: 'the cursor of the page before' })),
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$', allowed: 'a whole number from 1 to 100' })),
};
