/** How failures are undone: definition, fold, next action, and what carries it out. Adapters are imported by their own names. */
export * from './act-on-saga.ts';
export * from './action-loop.ts';
export * from './definition.ts';
export * from './describe.ts';
export * from './mermaid.ts';
export * from './next-action.ts';
export * from './reason-as-json.ts';
export * from './saga-row.ts';
export * from './saga-sink.ts';
export * from './saga-state.ts';
export * from './saga-store.ts';
export * from './upkeep.ts';
