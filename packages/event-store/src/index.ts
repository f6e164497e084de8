/** Where facts live: the port, and reading a whole stream through it. Adapters are imported by their own names. */
export * from './load-stream.ts';
export { pagesAhead } from './pages-ahead.ts';
export * from './port.ts';
export { rehearsedStore } from './rehearsed-store.ts';
export { storePart } from './store-part.ts';
