/** Where services stand in the graph of who calls whom: callers left of whom they call, in columns. Pure. */
import type { ZipkinDependency } from '../server/answers.ts';

export interface ServiceSpot {
  readonly name: string;
  readonly column: number;
  readonly row: number;
}

export interface DependencyLayout {
  readonly services: readonly ServiceSpot[];
  readonly columns: number;
  readonly rows: number;
}

/** The longest way to each service, calls back left aside: services that call each other must not chase each other right. */
export function layOutServices(calls: readonly ZipkinDependency[]): DependencyLayout {
  const names = [...new Set(calls.flatMap(({ parent, child }) => [parent, child]))].toSorted();
  const called = new Set(calls.filter(({ parent, child }) => parent !== child).map(({ child }) => child));
  const columnOf = new Map<string, number>();
  const visit = (name: string, column: number, way: ReadonlySet<string>): void => {
    if (way.has(name) || (columnOf.get(name) ?? -1) >= column) return;
    columnOf.set(name, column);
    for (const { parent, child } of calls) if (parent === name) visit(child, column + 1, new Set([...way, name]));
  };
  for (const name of names.filter((one) => !called.has(one))) visit(name, 0, new Set());
  // A ring has no beginning: any of it will do.
  for (const name of names) if (!columnOf.has(name)) visit(name, 0, new Set());
  const filled = new Map<number, number>();
  const services = names.map((name) => {
    const column = columnOf.get(name) ?? 0;
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    return { name, column, row };
  });
  return { services, columns: Math.max(0, ...filled.keys()) + 1, rows: Math.max(1, ...filled.values()) };
}
