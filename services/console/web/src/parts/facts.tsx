/** Facts in a list (`dl`): what each is called, and what it is. */

/** One fact, inside of a `dl`. */
export function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: React.ReactNode;
}): React.ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A list of facts. */
export function FactList({
  facts,
  className = 'facts',
}: {
  readonly facts: readonly (readonly [name: string, value: React.ReactNode])[];
  readonly className?: string;
}): React.ReactElement {
  return (
    <dl className={className}>
      {facts.map(([name, value]) => (
        <Fact name={name} key={name}>
          {value}
        </Fact>
      ))}
    </dl>
  );
}
