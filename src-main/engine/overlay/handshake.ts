import { formatAddress, type PeerTarget } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { Clock, Links } from '../ports/index.ts';
import { SUPERNODE_MESSAGES } from '../wire/limits.ts';
import type { Hello } from '../wire/messages/hello.ts';
import type { Welcome } from '../wire/messages/welcome.ts';
import type { SessionMessage } from '../wire/session-message.ts';
import { compareVersion, PROTOCOL_VERSION } from '../wire/version.ts';
import { Session, type SessionDeps, type SessionEnd } from './session.ts';

export type GreetDeps = {
  readonly links: Links;
  readonly session: SessionDeps;
  /** Where a supernode says that this peer comes from: hearsay. */
  readonly seenAt: (address: string) => void;
};
export type Greeted = { readonly session: Session; readonly welcome: Welcome };

/** Opens a session to a supernode and says hello. The welcome may be a refusal. Fails with peer.*; nothing stays open then. */
export async function openSession(
  deps: GreetDeps,
  to: PeerTarget,
  hello: Hello,
  signal?: AbortSignal,
): Promise<Greeted> {
  const link = await deps.links.openSession(to, signal);
  const session = new Session(link, deps.session, { isOpener: true });
  try {
    const welcome = await greet(session, hello, deps.session, signal);
    deps.seenAt(welcome.seen);
    return { session, welcome };
  } catch (thrown) {
    session.close('stopping', 'no handshake');
    throw thrown;
  }
}

/** Says hello on a fresh session and gives the answer. */
async function greet(
  session: Session,
  hello: Hello,
  { clock, settings }: Pick<SessionDeps, 'clock' | 'settings'>,
  signal?: AbortSignal,
): Promise<Welcome> {
  const startedMs = clock.monotonicMs();
  session.send(hello);
  const answer = await nextMessage(session, clock, settings()['overlay.request-timeout'], signal);
  if (answer.type !== 'welcome' || !isVersion(answer.version)) {
    session.misbehaved('no welcome');
    throw new AppError('peer.protocol', { address: formatAddress(session.address), why: 'no welcome' });
  }
  session.noteRtt(clock.monotonicMs() - startedMs);
  session.admit(answer.version, SUPERNODE_MESSAGES);
  return answer;
}

/** The first message of a session that another peer opened, which must be a hello in time. Fails with peer.*. */
export async function awaitHello(
  session: Session,
  { clock, settings }: Pick<SessionDeps, 'clock' | 'settings'>,
): Promise<Hello> {
  const hello = await nextMessage(session, clock, settings()['overlay.request-timeout']).catch((thrown: unknown) => {
    // One whose link broke is gone by then.
    if (session.isOpen) session.misbehaved('no hello in time');
    throw thrown;
  });
  if (hello.type === 'hello' && isVersion(hello.version)) return hello;
  session.misbehaved('no hello');
  throw new AppError('peer.protocol', { address: formatAddress(session.address), why: 'no hello' });
}

/** The next message of a session; what follows it waits for the next receiver. */
async function nextMessage(
  session: Session,
  clock: Clock,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<SessionMessage> {
  const late = new AbortController();
  const timer = clock.setTimer(timeoutMs, () => {
    late.abort(new AppError('peer.timeout', { address: formatAddress(session.address) }));
  });
  const giveUp = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  try {
    return await firstOf(session, giveUp);
  } finally {
    timer.cancel();
    session.receive(undefined);
  }
}

function firstOf(session: Session, giveUp: AbortSignal): Promise<SessionMessage> {
  return new Promise((resolve, reject) => {
    if (giveUp.aborted) return reject(giveUp.reason);
    const onAbort = () => reject(giveUp.reason);
    // A combined signal that somebody listens to is kept, with all that the listener holds, for as long as its parts live.
    const done = () => giveUp.removeEventListener('abort', onAbort);
    giveUp.addEventListener('abort', onAbort, { once: true });
    session.receive({
      message: (message) => {
        done();
        session.receive(undefined);
        resolve(message);
      },
      ended: (end) => {
        done();
        reject(endError(session, end));
      },
    });
  });
}

/** The end of a session as an error. */
export function endError(session: Session, end: SessionEnd): AppError {
  const address = formatAddress(session.address);
  if (end.code === 'version') return versionError(address, end.version);
  if (end.code === 'silent') return new AppError('peer.timeout', { address });
  if (end.code === 'protocol' && end.byUs) return new AppError('peer.protocol', { address, why: end.why });
  if (end.code === 'closed') return new AppError('peer.closed', { address });
  return new AppError('peer.refused', { address, why: end.why });
}

function versionError(address: string, version: string | undefined): AppError {
  const theirs = version ?? 'another major version';
  const older = majorOf(theirs) > majorOf(PROTOCOL_VERSION) ? 'local' : 'other';
  return new AppError('peer.version', { address, theirs, ours: PROTOCOL_VERSION, older });
}

/** 0 for what is no version. */
const majorOf = (version: string): number => Number(/^(\d{1,4})\./.exec(version)?.[1] ?? 0);
const isVersion = (version: string): boolean => compareVersion(version) !== 'malformed';
