/** Lets the browser save a list of files (Metalink 4, RFC 5854) under this name. */
export const saveList = (xml: string, name: string): void => saveText(xml, name, 'application/metalink4+xml');

/** Lets the browser save a text under this name. */
export function saveText(text: string, name: string, type = 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken its own hold of the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
