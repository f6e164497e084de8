/** What the supervisor of a running system says of its processes: running.json, of which only this much is read. */
import { readFile } from 'node:fs/promises';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

const part = Type.Object({
  name: Type.String(),
  /** Of a server. */
  version: Type.Optional(Type.String()),
  pid: Type.Optional(Type.Integer()),
  restarts: Type.Integer(),
  /** preparing, starting, ready, notReady, exited, failed, stopped. */
  state: Type.String(),
  reason: Type.Optional(Type.String()),
  addresses: Type.Array(Type.String()),
  healthUrl: Type.Optional(Type.String()),
});

const systemFile = Compile(
  Type.Object({
    databases: Type.Record(Type.String(), Type.Record(Type.String(), Type.String())),
    parts: Type.Array(part),
  }),
);

/** A process or server as its supervisor knows it. */
export type SupervisedPart = Static<typeof part>;
/** The part of the file that is used. */
export interface SystemFile {
  /** Database → role → address. */
  readonly databases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly parts: readonly SupervisedPart[];
}

/** Reads the file; undefined when there is none, or it is not readable as one (it is replaced whole, so this passes). */
export async function readSystemFile(path: string): Promise<SystemFile | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    return systemFile.Check(content) ? content : undefined;
  } catch {
    return undefined;
  }
}
