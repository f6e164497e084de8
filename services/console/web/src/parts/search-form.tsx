/** A search whose terms stand in the page's address, so that it can be kept, shared and gone back to. */
import { useSearchParams } from 'wouter';

/** One thing that can be asked for. */
export interface Term {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly type?: 'text' | 'datetime-local' | 'number';
  readonly options?: readonly { readonly value: string; readonly says: string }[];
  /** Asked for seldom: folded away, together with others under this word, unless the address has one of them. */
  readonly under?: string;
}

/** The terms as they stand in the address. */
export function useTerms(): readonly [URLSearchParams, (change: Readonly<Record<string, string>>) => void] {
  const [search, setSearch] = useSearchParams();
  const change = (changes: Readonly<Record<string, string>>): void =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true },
    );
  return [search, change];
}

export function SearchForm({
  label,
  terms,
}: {
  readonly label: string;
  readonly terms: readonly Term[];
}): React.ReactElement {
  const [search, change] = useTerms();
  const isSearched = terms.some(({ name }) => search.has(name));
  const take = (form: HTMLFormElement): void => {
    const asked = new FormData(form);
    change(Object.fromEntries(terms.map(({ name }) => [name, textOf(asked.get(name)).trim()])));
  };
  return (
    <search>
      <form
        // Drawn anew when the address changes by other means.
        key={terms.map(({ name }) => search.get(name)).join('\n')}
        className="search-form"
        aria-label={label}
        onSubmit={(event) => {
          event.preventDefault();
          take(event.currentTarget);
        }}
      >
        {terms
          .filter(({ under }) => under === undefined)
          .map((term) => (
            <Field key={term.name} term={term} asked={search.get(term.name)} take={take} />
          ))}
        <span className="search-buttons">
          <button type="submit" className="button">
            Search
          </button>
          {isSearched ? (
            <button
              type="button"
              className="button"
              onClick={() => change(Object.fromEntries(terms.map(({ name }) => [name, ''])))}
            >
              Clear
            </button>
          ) : null}
        </span>
        {[...Map.groupBy(terms, ({ under }) => under)].map(([under, seldom]) =>
          under === undefined ? null : (
            <details key={under} className="search-more" open={seldom.some(({ name }) => search.has(name))}>
              <summary>{under}</summary>
              <div className="search-seldom">
                {seldom.map((term) => (
                  <Field key={term.name} term={term} asked={search.get(term.name)} take={take} />
                ))}
              </div>
            </details>
          ),
        )}
      </form>
    </search>
  );
}

function Field({
  term: { name, label, hint, type, options },
  asked,
  take,
}: {
  readonly term: Term;
  readonly asked: string | null;
  readonly take: (form: HTMLFormElement) => void;
}): React.ReactElement {
  return (
    <label>
      <span>{label}</span>
      {options === undefined ? (
        <input
          name={name}
          type={type ?? 'text'}
          placeholder={hint}
          defaultValue={asked ?? ''}
          autoComplete="off"
          spellCheck={false}
          step={type === 'datetime-local' ? 1 : 'any'}
        />
      ) : (
        <select
          name={name}
          defaultValue={asked ?? ''}
          onChange={({ target }) => target.form !== null && take(target.form)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.says}
            </option>
          ))}
        </select>
      )}
    </label>
  );
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value : '';
}
