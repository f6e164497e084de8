/** How failures are undone: definition, fold, next action, the rows that carry it out. Adapters are imported by their own names. */
export * from './definition.ts';
export * from './next-action.ts';
export * from './saga-state.ts';
