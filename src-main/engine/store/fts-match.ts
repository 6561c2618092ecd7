/** A token that rows must have; `prefix`: it may go on. */
export type FtsToken = { readonly token: string; readonly prefix: boolean };

/** The FTS5 expression for rows that have all tokens. Quoted text is never syntax to FTS5, whatever it holds. */
export function toFtsMatch(tokens: readonly FtsToken[]): string {
  return tokens.map(({ token, prefix }) => `"${token.replaceAll('"', '""')}"${prefix ? '*' : ''}`).join(' AND ');
}
