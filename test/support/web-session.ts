/** What a browser has once its token was exchanged. */
export type WebSession = { readonly cookie: string; readonly key: string };

export const toSession = ({ headers }: Response): WebSession => ({
  cookie: String(headers.get('set-cookie')).split(';')[0] ?? '',
  key: headers.get('shoal-key') ?? '',
});

/** With which its WebSocket says the key. */
export const protocolsOf = ({ key }: Pick<WebSession, 'key'>): string[] => ['shoal', key];
