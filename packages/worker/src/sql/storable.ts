/** Words of others in rows of ours. */

/** What SQL text can hold: no NUL, no half characters, and not too long. */
export function storable(text: string, charactersMax: number): string {
  return text.replaceAll('\0', '�').slice(0, charactersMax).toWellFormed();
}
