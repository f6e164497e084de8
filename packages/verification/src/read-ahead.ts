/**
 * Asks a source for its next page while the one before is being looked at, so that neither waits for the other.
 * Never more than one page ahead: memory stays that of two pages.
 */
export async function* readAhead<Page>(pages: AsyncIterable<Page>): AsyncGenerator<Page> {
  const iterator = pages[Symbol.asyncIterator]();
  let coming = iterator.next();
  try {
    for (;;) {
      const page = await coming;
      if (page.done) return;
      coming = iterator.next();
      coming.catch(() => {}); // it is thrown where it is waited for, if anybody still waits then
      yield page.value;
    }
  } finally {
    await iterator.return?.();
  }
}
