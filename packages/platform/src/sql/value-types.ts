/** Values of the database as values of the program: int8 as bigint, the rest as `pg` reads it. */
import pg from 'pg';

const int8Type = 20;
const int8ArrayType = 1016;

/** `{1,NULL,3}`: numbers are never quoted, and arrays of arrays are not used. */
function parseInt8Array(text: string): (bigint | null)[] {
  if (text === '{}') return [];
  const items = text.slice(1, -1).split(',');
  return items.map((item) => (item === 'NULL' ? null : BigInt(item)));
}

/** int8 as bigint for this pool only: pg's own parsers are global and other users of pg rely on them. */
export function typeParsers(): pg.CustomTypesConfig {
  return {
    getTypeParser: (oid: number, format?: 'text' | 'binary') => {
      if (oid === int8Type && format !== 'binary') return BigInt;
      if (oid === int8ArrayType && format !== 'binary') return parseInt8Array;
      // oxlint-disable-next-line typescript/no-unsafe-return, typescript/no-unsafe-enum-assignment -- pg's own types say any
      return pg.types.getTypeParser(oid, format);
    },
  };
}
