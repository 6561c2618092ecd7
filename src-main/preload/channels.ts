/** The names of all messages between the page's bridge and the shell. */
export const CHANNELS = { request: 'shoal:request', shell: 'shoal:shell', events: 'shoal:events' } as const;

/** How the preload script, which can load nothing, learns of the version. */
export const VERSION_ARGUMENT = '--shoal-version=';
