/**
 * Reads rows as PostgreSQL sends them: DataRow messages, their values in binary. Nothing is read beyond a row's end.
 * Format: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-DATAROW
 */
import { CodedError } from '@eventstream/platform';

const dataRow = 'D'.charCodeAt(0);
const codeBytes = 1;
const lengthBytes = 4;
/** Code, length, and how many values there are. */
const headBytes = codeBytes + lengthBytes + 2;
const int8Bytes = 8;

/** Bytes that are no rows, or rows of something else. */
class MalformedRows extends CodedError {
  constructor(why: string, at: number) {
    super('store_malformed_rows', `rows of events, byte ${at}: ${why}`, {
      details: { at },
      nextStep: 'run the same version of the event store and of what reads it',
    });
  }
}

/** Goes through rows once, from value to value. Throws `store_malformed_rows` where something does not fit. */
export class RowReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #columns: number;
  /** A character for each byte, of which the texts are parts: quicker than decoding each. */
  #characters: string | undefined;
  #at = 0;
  #rowEnd = 0;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array, columns: number) {
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
    this.#view = new DataView(buffer, byteOffset, byteLength);
    this.#columns = columns;
  }

  /** Whether there is another row; goes to its first value, from wherever it is in the last one. */
  nextRow(): boolean {
    const start = this.#rowEnd;
    if (start === this.#bytes.byteLength) return false;
    this.#rowEnd = this.#bytes.byteLength;
    this.#at = start;
    this.#skip(headBytes);
    if (this.#bytes[start] !== dataRow) throw new MalformedRows('no row begins here', start);
    if (this.#view.getUint16(start + codeBytes + lengthBytes) !== this.#columns)
      throw new MalformedRows(`a row has ${this.#columns} values`, start);
    const end = start + codeBytes + this.#view.getUint32(start + codeBytes);
    if (end < this.#at || end > this.#rowEnd) throw new MalformedRows(`the row ends at ${end}`, start);
    this.#rowEnd = end;
    return true;
  }

  /** An int8. */
  int8(): number {
    const at = this.#nextValue();
    if (this.#at - at !== int8Bytes) throw new MalformedRows('this is no int8', at);
    return this.#view.getInt32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
  }

  /** A text in ASCII. Of any other, a character for each byte. */
  ascii(): string {
    const at = this.#nextValue();
    const characters = (this.#characters ??= this.#bytes.toString('latin1'));
    return characters.slice(at, this.#at);
  }

  /** A bytea, as a view of the rows' bytes. */
  bytea(): Buffer {
    const at = this.#nextValue();
    return this.#bytes.subarray(at, this.#at);
  }

  /** Where the next value begins; goes to its end. */
  #nextValue(): number {
    const length = this.#view.getInt32(this.#skip(lengthBytes));
    if (length < 0) throw new MalformedRows('a value is null', this.#at);
    return this.#skip(length);
  }

  /** Where these bytes begin; goes to their end. */
  #skip(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#rowEnd) throw new MalformedRows(`${bytes} bytes are more than are left`, at);
    return at;
  }
}
