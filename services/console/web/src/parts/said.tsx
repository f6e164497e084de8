/** A sentence of the console's: what stands between back-ticks is shown as code, everything else as text. */
export function Said({ text }: { readonly text: string }): React.ReactElement {
  return (
    <>
      {text
        .split(/(`[^`]+`)/)
        .map((part, index) =>
          part.startsWith('`') && part.length > 2 ? <code key={index}>{part.slice(1, -1)}</code> : part,
        )}
    </>
  );
}
