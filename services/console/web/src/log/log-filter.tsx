/** Which events, in which direction, from where. All of it stands in the page's address. */
import { useTerms } from '../parts/search-form.tsx';
import { shortType } from '../words/names.ts';

const directions = [
  { value: '', says: 'Newest first' },
  { value: 'forwards', says: 'Oldest first' },
] as const;

export function LogFilter({ types }: { readonly types: readonly string[] }): React.ReactElement {
  const [search, change] = useTerms();
  const chosen = new Set((search.get('types') ?? '').split(',').filter(Boolean));
  const isLive = search.get('live') === 'yes';
  const stream = search.get('stream');
  const turn = (type: string): void => {
    const next = chosen.has(type) ? [...chosen].filter((one) => one !== type) : [...chosen, type];
    change({ types: next.join(','), at: '' });
  };
  return (
    <search className="log-filter">
      <div className="toolbar">
        <div className="joined-chips" role="group" aria-label="Direction">
          {directions.map(({ value, says }) => (
            <button
              type="button"
              className="chip"
              key={says}
              disabled={isLive}
              aria-pressed={!isLive && (search.get('direction') ?? '') === value}
              onClick={() => change({ direction: value, from: '', at: '' })}
            >
              {says}
            </button>
          ))}
          <button
            type="button"
            className="chip"
            aria-pressed={isLive}
            onClick={() => change({ live: isLive ? '' : 'yes', direction: '', from: '', at: '' })}
          >
            Follow live
          </button>
        </div>
        <PlaceForm />
      </div>
      {stream === null ? (
        <div className="chips" role="group" aria-label="Types">
          {types.map((type) => (
            <button
              type="button"
              className="chip"
              key={type}
              aria-pressed={chosen.has(type)}
              onClick={() => turn(type)}
            >
              {shortType(type)}
            </button>
          ))}
        </div>
      ) : null}
    </search>
  );
}

/** From where, and of which stream. */
function PlaceForm(): React.ReactElement {
  const [search, change] = useTerms();
  const stream = search.get('stream');
  const isLive = search.get('live') === 'yes';
  return (
    <form
      key={`${search.get('from')} ${stream}`}
      className="toolbar"
      onSubmit={(event) => {
        event.preventDefault();
        const asked = new FormData(event.currentTarget);
        change({ from: textOf(asked.get('from')), stream: textOf(asked.get('stream')), at: '' });
      }}
    >
      <label className="inline-label">
        {search.get('direction') === 'forwards' ? 'After' : 'Before'} {stream === null ? 'position' : 'revision'}
        <input
          name="from"
          type="number"
          min={0}
          step={1}
          defaultValue={search.get('from') ?? ''}
          className="short-input"
          disabled={isLive}
        />
      </label>
      <label className="inline-label">
        Stream
        <input name="stream" defaultValue={stream ?? ''} placeholder="order-…" spellCheck={false} autoComplete="off" />
      </label>
      <button type="submit" className="button small">
        Go
      </button>
      {stream === null ? null : (
        <button type="button" className="button small" onClick={() => change({ stream: '', from: '', at: '' })}>
          Whole log
        </button>
      )}
    </form>
  );
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value.trim() : '';
}
