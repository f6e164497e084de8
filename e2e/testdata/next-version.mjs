// The next version of the program, for tests: loaded with --import, it patches a few lines of the sources as they are
// read. It understands what the version in the repository does not: schema version 2, a comma too many at the end of an
// object, and the event type ORDERS.giftwrapped, which means nothing to an order's life.
import module from 'node:module';

const patches = {
  '/contracts/src/order-event-codec.ts': [
    [
      "const isKnown = version === orderSchemaVersion || version === '0';",
      "const isKnown = version === orderSchemaVersion || version === '0' || version === '2';",
    ],
    ['JSON.parse(text)', "JSON.parse(text.replace(/,\\}$/, '}'))"],
    [
      'const kind = orderEventKind(event.type);',
      "if (event.type === 'ORDERS.giftwrapped') return { kind: 'giftWrapped' };\n  const kind = orderEventKind(event.type);",
    ],
  ],
  '/domain/src/order/order.ts': [
    [
      "if (event.kind === 'created') {",
      "if (event.kind === 'giftWrapped') return order;\n  if (event.kind === 'created') {",
    ],
  ],
  '/domain/src/order/decide.ts': [
    [
      "if (fact.kind === 'created')",
      "if (fact.kind === 'giftWrapped') return allow(fact);\n  if (fact.kind === 'created')",
    ],
  ],
};

// Older Node starts the launcher, which loads none of these files.
module.registerHooks?.({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const [, lines] = Object.entries(patches).find(([path]) => url.endsWith(path)) ?? [];
    if (lines === undefined) return loaded;
    let source = Buffer.from(loaded.source ?? '').toString();
    for (const [now, next] of lines) {
      if (!source.includes(now)) throw new Error(`${url} has no line "${now}" any more: mend next-version.mjs`);
      source = source.replace(now, () => next);
    }
    return { ...loaded, source };
  },
});
