/** Lets the browser save a list of files (Metalink 4, RFC 5854) under this name. */
export function saveList(xml: string, name: string): void {
  const url = URL.createObjectURL(new Blob([xml], { type: 'application/metalink4+xml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken its own hold of the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
