// Loaded into every test file's process (`?withinMs=…`): ends it when it takes too long, and says what keeps it alive. Node's own
// limit is for each test; a file whose tests all passed but that left a server or a timer behind would go on for ever.
const withinMs = Number(new URL(import.meta.url).searchParams.get('withinMs'));

setTimeout(() => {
  const reasons = process.getActiveResourcesInfo().join(', ');
  console.error(`This file took more than ${withinMs / 1000} s. What keeps its process alive: ${reasons}`);
  process.exit(1);
}, withinMs).unref();
