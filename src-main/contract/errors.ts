/**
 * Every error that crosses a folder, a process or a face. The code is stable and dotted; the sentence says what happened,
 * why, and what to do, with `{name}` replaced by the error's params.
 */
type ErrorEntry = {
  /** Who can do something about it: the asker (usage), the user of this machine (local), another peer, or the authors (bug). */
  readonly kind: 'usage' | 'local' | 'remote' | 'bug';
  /** Whether the same attempt may succeed: never, later, or with another peer. */
  readonly retry: 'never' | 'later' | 'other-peer';
  readonly text: string;
};

export const ERRORS = {
  'input.invalid': { kind: 'usage', retry: 'never', text: '{what}: {why}' },
  'input.unknown': { kind: 'usage', retry: 'never', text: '{what}: {why}' },
  'search.query-invalid': { kind: 'usage', retry: 'never', text: 'this search cannot be asked: {why}' },
  'search.over-budget': {
    kind: 'remote',
    retry: 'later',
    text: 'the supernode refused: too many searches; wait {seconds} s',
  },
  'search.unknown': {
    kind: 'usage',
    retry: 'never',
    text: 'no search {id}; it may have ended more than 5 minutes ago',
  },
  'search.too-many': { kind: 'usage', retry: 'later', text: '{running} searches run already: stop one first' },
  'search.no-supernode': {
    kind: 'remote',
    retry: 'later',
    text: 'no supernode answers yet; give an address with --bootstrap HOST:PORT or wait',
  },

  'saved.unknown': { kind: 'usage', retry: 'never', text: 'no saved search {id}; see "shoal saved list"' },
  'saved.exists': { kind: 'usage', retry: 'never', text: 'that search is already saved as {id}' },
  'saved.too-many': { kind: 'usage', retry: 'never', text: '{most} searches are saved already: remove one first' },

  'peer.unreachable': { kind: 'remote', retry: 'other-peer', text: 'cannot connect to {address}: {why}' },
  'peer.timeout': { kind: 'remote', retry: 'other-peer', text: '{address} did not answer in time' },
  'peer.wrong-identity': {
    kind: 'remote',
    retry: 'other-peer',
    text: '{address} is not the expected peer: its key is {actual}',
  },
  'peer.version': {
    kind: 'remote',
    retry: 'never',
    text: '{address} speaks protocol {theirs}, this peer {ours}: the {older} side needs an update',
  },
  'peer.protocol': { kind: 'remote', retry: 'other-peer', text: '{address} broke the protocol: {why}' },
  'peer.closed': { kind: 'remote', retry: 'other-peer', text: '{address} closed the connection' },
  'peer.refused': { kind: 'remote', retry: 'other-peer', text: '{address} refused: {why}' },
  'peer.certificate-needed': {
    kind: 'remote',
    retry: 'never',
    text: 'only a peer that shows its certificate may ask this',
  },
  'peer.browse-off': { kind: 'remote', retry: 'never', text: 'that peer does not let others list what it shares' },
  'peer.too-many-requests': {
    kind: 'remote',
    retry: 'later',
    text: 'the peer there refused: too many requests; wait {seconds} s',
  },
  'peer.busy': { kind: 'remote', retry: 'later', text: '{address} is busy' },
  'peer.banned': {
    kind: 'remote',
    retry: 'later',
    text: 'that peer is banned after too many strikes: "shoal forgive" ends that at once',
  },
  'peer.blocked': {
    kind: 'local',
    retry: 'never',
    text: '{address} is on your block list ({rule}) and is not spoken to',
  },
  'peer.dial-limited': { kind: 'local', retry: 'later', text: '{address} is not dialled now: {why}' },
  'peer.address-not-allowed': { kind: 'local', retry: 'never', text: '{address} may not be dialled: {why}' },

  'web.local-address': {
    kind: 'local',
    retry: 'never',
    text: '{host} leads to {address}, in a local network: it is asked only if you allow it',
  },
  'web.not-allowed': { kind: 'local', retry: 'never', text: '{host} may not be asked: {why}' },
  'web.redirect': { kind: 'remote', retry: 'other-peer', text: 'a redirect of {host} is not followed: {why}' },
  'web.no-ranges': {
    kind: 'remote',
    retry: 'later',
    text: 'the server sends whole files only: asked when no other source has what is missing',
  },

  'content.not-found': { kind: 'remote', retry: 'other-peer', text: 'no such file there' },
  'content.gone': { kind: 'remote', retry: 'other-peer', text: 'the file there was changed or removed' },
  'content.bad-bytes': { kind: 'remote', retry: 'other-peer', text: 'sent bytes that do not match the ContentHash' },
  'content.bad-tree': {
    kind: 'remote',
    retry: 'other-peer',
    text: 'sent a hash tree that does not match the ContentHash',
  },
  'content.queued': { kind: 'remote', retry: 'later', text: 'waiting in the queue, place {place}' },
  'content.blocked': {
    kind: 'usage',
    retry: 'never',
    text: 'blocked by you: {rule}; "shoal block remove" takes a rule off',
  },
  'content.lacks': { kind: 'remote', retry: 'other-peer', text: 'has none of the parts that are missing here' },
  'content.slow': { kind: 'remote', retry: 'other-peer', text: 'sent too little: another source took its place' },
  'content.stalled': { kind: 'remote', retry: 'other-peer', text: 'sent nothing for {seconds} s' },
  'content.range': { kind: 'remote', retry: 'never', text: 'the range asked lies outside the file' },
  'content.range-needed': {
    kind: 'remote',
    retry: 'later',
    text: 'too much for one request: ask for ranges of at most {bytes} bytes',
  },
  'content.changed': { kind: 'remote', retry: 'other-peer', text: 'the file there is not the one that was meant' },
  'content.unavailable': {
    kind: 'remote',
    retry: 'later',
    text: 'the file cannot be read there now; wait {seconds} s',
  },
  'content.queue-full': { kind: 'remote', retry: 'later', text: 'the queue there is full; wait {seconds} s' },
  'content.too-many-waiting': {
    kind: 'remote',
    retry: 'later',
    text: 'too many of this address wait there already; wait {seconds} s',
  },

  'download.sources-banned': {
    kind: 'remote',
    retry: 'later',
    text: 'every source that is known sent something wrong and is banned for a time; it goes on when the first ban ends or another source appears',
  },
  'download.no-sources': {
    kind: 'remote',
    retry: 'later',
    text: 'no source has the file now; it goes on by itself when one appears',
  },
  'download.size-unknown': { kind: 'remote', retry: 'later', text: 'the size is not known yet; waiting for a source' },
  'download.unknown': { kind: 'usage', retry: 'never', text: 'no download {id}; see "shoal downloads"' },
  'download.exists': {
    kind: 'usage',
    retry: 'never',
    text: 'that file is already being downloaded as {id}; it is given the sources named here',
  },
  'download.not-done': {
    kind: 'usage',
    retry: 'never',
    text: '{id} is not finished: its file can be deleted when it is; "shoal cancel" ends it',
  },
  'download.finished': {
    kind: 'usage',
    retry: 'never',
    text: '{id} is finished, nothing of it is left to do; "shoal clear" takes it off the list, its file stays',
  },
  'download.file-changed': {
    kind: 'usage',
    retry: 'never',
    text: '{path} is not the file that was downloaded any more, and is left alone; "shoal clear" takes it off the list',
  },
  'download.cancelled': { kind: 'local', retry: 'never', text: 'the download was cancelled' },
  'download.moving': { kind: 'local', retry: 'later', text: 'its part is brought to another folder; it goes on then' },
  'download.disguised': {
    kind: 'local',
    retry: 'never',
    text: 'its first bytes are a program, its name says something else: "shoal resume" fetches it anyway, "shoal cancel" removes it',
  },
  'download.waiting-turn': { kind: 'local', retry: 'later', text: 'waits until a running download ends' },

  'media.unknown': {
    kind: 'usage',
    retry: 'never',
    text: 'no such file is shared here, or it has changed: look again when the folder was scanned',
  },
  'media.not-passive': {
    kind: 'usage',
    retry: 'never',
    text: '{name} cannot be shown: by its contents it is no sound, film, picture or text that is safe to show',
  },
  'media.size-unknown': {
    kind: 'remote',
    retry: 'later',
    text: 'the size of {name} is not known yet: try again when a source was found',
  },
  'media.unchecked': {
    kind: 'remote',
    retry: 'later',
    text: '{name} can be shown when all of it is here: it comes from the web by a list without hashes of its pieces, so nothing can be checked before',
  },
  'media.not-yet': {
    kind: 'remote',
    retry: 'later',
    text: 'the beginning of {name} is not here yet: try again later',
  },
  'media.gone': { kind: 'local', retry: 'later', text: '{name} cannot be shown any more: {why}' },
  'media.too-many': { kind: 'usage', retry: 'later', text: '{open} are open already: close one first' },

  'disk.full': {
    kind: 'local',
    retry: 'later',
    text: 'no space left for {path}: free {needed} or choose another folder; it goes on by itself',
  },
  'disk.read-only': {
    kind: 'local',
    retry: 'later',
    text: 'cannot write to {path}: make it writable or choose another folder with "shoal settings downloads.folder DIR"',
  },
  'disk.missing': {
    kind: 'local',
    retry: 'later',
    text: '{path} is not there: connect the disk or choose another folder',
  },
  'disk.failed': { kind: 'local', retry: 'later', text: 'the disk failed at {path}: {why}' },
  'disk.denied': { kind: 'local', retry: 'later', text: 'no permission for {path}: change its permissions' },

  'share.missing': {
    kind: 'usage',
    retry: 'never',
    text: '{path} is not a folder: check the spelling, or create it first',
  },
  'share.not-allowed': { kind: 'usage', retry: 'never', text: '{path} cannot be shared: {why}' },
  'share.file-unknown': { kind: 'usage', retry: 'never', text: '{path} is no file in a shared folder' },
  'share.content-unknown': { kind: 'usage', retry: 'never', text: '{hash} is not shared; see "shoal share files"' },
  'share.too-many-left-out': {
    kind: 'usage',
    retry: 'never',
    text: 'no more than {most} single files can be left out: share other folders instead',
  },
  'share.unknown': { kind: 'usage', retry: 'never', text: '{path} is not shared; see "shoal share list"' },

  'settings.unknown': { kind: 'usage', retry: 'never', text: 'no setting "{key}"; "shoal settings" lists them' },
  'settings.invalid': { kind: 'usage', retry: 'never', text: '{key} cannot be "{value}": {why}' },

  'data.in-use': {
    kind: 'local',
    retry: 'never',
    text: 'a peer (process {pid}) already runs on {path}: stop it with "shoal stop", or give another --data',
  },
  'data.newer': {
    kind: 'local',
    retry: 'never',
    text: '{path} was written by a newer Shoal: update this one, or give another --data',
  },
  'data.unusable': { kind: 'local', retry: 'never', text: 'cannot use {path}: {why}' },
  'listen.taken': {
    kind: 'local',
    retry: 'never',
    text: '{address} is taken by another program: choose another --listen',
  },
  'listen.failed': { kind: 'local', retry: 'never', text: 'cannot listen on {address}: {why}' },
  'control.not-running': { kind: 'local', retry: 'later', text: 'no peer runs on {path}: start one with "shoal peer"' },
  'control.denied': {
    kind: 'local',
    retry: 'never',
    text: 'the peer on {path} refused the token: run this as the same user',
  },
  'control.malformed': {
    kind: 'local',
    retry: 'never',
    text: 'the peer on {path} answers what this version does not understand ({why}): end it and start it again',
  },
  'control.closed': { kind: 'local', retry: 'later', text: 'the peer on {path} ended before it answered' },

  'file.missing': {
    kind: 'local',
    retry: 'later',
    text: '{path} is not there: it is not complete yet, or was moved',
  },
  'file.unwritable': { kind: 'local', retry: 'later', text: '{path} cannot be written: {why}' },
  'page.missing': {
    kind: 'local',
    retry: 'never',
    text: 'the page is not built ({path} is missing): run "npm run build" first',
  },
  'web.off': { kind: 'usage', retry: 'never', text: 'the web face is off: start the peer with --web' },
  'web.taken': { kind: 'local', retry: 'never', text: '{address} is taken by another program: choose another --web' },
  'web.denied': {
    kind: 'usage',
    retry: 'never',
    text: 'this browser is not known here, or its address was used before: "shoal web" prints a new one',
  },
  'web.wrong-host': { kind: 'usage', retry: 'never', text: "asked by a name that is not this peer's own" },
  'web.wrong-origin': { kind: 'usage', retry: 'never', text: "asked by a page that is not this peer's own" },

  'demo.failed': { kind: 'local', retry: 'later', text: 'the demo ended early: {why}' },
  internal: { kind: 'bug', retry: 'never', text: 'internal error: {why}' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorParams = Readonly<Record<string, string | number>>;
/** How an error crosses a process or a face. */
export type ErrorValue = { readonly code: ErrorCode; readonly params: ErrorParams };

/** The only error class that crosses a folder. Anything else thrown is a bug. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}, options: { cause?: unknown } = {}) {
    super(errorText({ code, params }), options);
    this.name = 'AppError';
    this.code = code;
    this.params = params;
  }

  toValue(): ErrorValue {
    return { code: this.code, params: this.params };
  }
}

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(ERRORS, text);

/** The one clear line for people. */
export function errorText({ code, params }: ErrorValue): string {
  return ERRORS[code].text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? '?'));
}

/** Any thrown thing as an AppError; what is not one already is a bug and says so. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal', { why }, { cause: thrown });
}
