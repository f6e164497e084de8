/** The head of a table. */
export function Heads({
  columns,
  numbers = [],
}: {
  readonly columns: readonly string[];
  /** Those of the columns that are numbers, and aligned as such. */
  readonly numbers?: readonly string[];
}): React.ReactElement {
  return (
    <thead>
      <tr>
        {columns.map((name) => (
          <th scope="col" className={numbers.includes(name) ? 'number' : undefined} key={name}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}
