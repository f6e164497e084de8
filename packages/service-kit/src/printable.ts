/** Text that people and programs can both show, and a database keeps. */

/** For a schema's `pattern`: no control characters, no half of a surrogate pair. */
export const printablePattern = '^[^\\p{Cc}\\p{Cs}]*$';

/** The same for a schema's `allowed`. */
export function printableWords(charactersMin: number, charactersMax: number): string {
  return `text of ${charactersMin} to ${charactersMax} characters, without line breaks and other control characters`;
}
