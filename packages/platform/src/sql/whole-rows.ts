/**
 * Rows as the database sends them, not taken apart. `pg` makes a string of each value of each row, and of a binary one a
 * garbled string; that is most of what a statement with many rows costs here. So rows are taken off the connection before
 * `pg` reads it, and everything else is left to `pg`.
 * Protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import type { Duplex } from 'node:stream';
import { runStatement, type Statement } from './statement.ts';
import type { PooledLink } from './transaction.ts';

const dataRow = 'D'.charCodeAt(0);
/** A message begins with its code and its length, which counts itself and not the code. */
const codeBytes = 1;
const headBytes = codeBytes + 4;

/**
 * Runs a statement whose answer comes in binary. Answers its DataRow messages in their order, in pieces of one or more of
 * them, as the connection delivered them. Needs a connection for itself: nothing tells whose rows are whose.
 */
export async function runForWholeRows(
  link: PooledLink,
  statement: Statement,
  values: readonly unknown[],
): Promise<readonly Buffer[]> {
  const diversion = new RowDiversion(link.client.connection.stream);
  try {
    await runStatement(link, statement, values, 'binary');
    return diversion.rows;
  } finally {
    diversion.end();
  }
}

/** Stands before those who read a connection, and keeps its rows from them, however the bytes come in. */
export class RowDiversion {
  readonly rows: Buffer[] = [];
  readonly #connection: Duplex;
  readonly #readers: readonly ((bytes: Buffer) => void)[];
  /** A message of which not all has come yet, in the pieces that have. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  /** How many bytes of it must have come before there is more to be known. */
  #wantedBytes = 0;

  constructor(connection: Duplex) {
    this.#connection = connection;
    this.#readers = connection.listeners('data').filter(isReader);
    connection.on('data', this.#receive);
    for (const reader of this.#readers) connection.off('data', reader);
  }

  /** From here on everything is left to the others again, the beginning of a message as well. */
  end(): void {
    for (const reader of this.#readers) this.#connection.on('data', reader);
    this.#connection.off('data', this.#receive);
    this.#handOn(Buffer.concat(this.#begun));
  }

  readonly #receive = (piece: Buffer): void => {
    this.#begun.push(piece);
    this.#begunBytes += piece.byteLength;
    if (this.#begunBytes < this.#wantedBytes) return;
    const bytes = this.#begun.length === 1 ? piece : Buffer.concat(this.#begun);
    const rest = bytes.subarray(this.#divide(bytes));
    this.#begun = rest.byteLength === 0 ? [] : [rest];
    this.#begunBytes = rest.byteLength;
    this.#wantedBytes = rest.byteLength < headBytes ? headBytes : lengthAt(rest, 0);
  };

  /** Keeps the rows among the messages that are whole, and hands on the others. Answers where the first that is not whole begins. */
  #divide(bytes: Buffer): number {
    let rowsFrom = 0;
    let at = 0;
    while (at + headBytes <= bytes.byteLength) {
      const end = at + lengthAt(bytes, at);
      if (end > bytes.byteLength) break;
      if (bytes[at] !== dataRow) {
        this.#keep(bytes.subarray(rowsFrom, at));
        this.#handOn(bytes.subarray(at, end));
        rowsFrom = end;
      }
      at = end;
    }
    this.#keep(bytes.subarray(rowsFrom, at));
    return at;
  }

  #keep(rows: Buffer): void {
    if (rows.byteLength > 0) this.rows.push(rows);
  }

  #handOn(bytes: Buffer): void {
    if (bytes.byteLength > 0) for (const read of this.#readers) read(bytes);
  }
}

/** Of what listens to a stream's data there is nothing more to be known. */
function isReader(listener: unknown): listener is (bytes: Buffer) => void {
  return typeof listener === 'function';
}

function lengthAt(bytes: Buffer, at: number): number {
  return codeBytes + bytes.readUInt32BE(at + codeBytes);
}
