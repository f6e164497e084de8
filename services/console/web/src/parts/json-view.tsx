/** Data as JSON, as text and nothing else, with a button that copies it. */
import { Copy } from './values.tsx';

export function JsonView({ value, what }: { readonly value: unknown; readonly what: string }): React.ReactElement {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return (
    <div className="json">
      <Copy text={text} what={what} label="Copy JSON" />
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
