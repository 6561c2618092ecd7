import { formatAddress, type PeerAddress, type PeerTarget } from '../../contract/address.ts';
import { classifyHost, narrowBlock, singleBlock } from '../../contract/address-block.ts';
import { AppError } from '../../contract/errors.ts';
import { parseIp } from '../../contract/ip.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/index.ts';
import { RateWindows } from '../rate-windows.ts';
import { setLast } from '../set-last.ts';
import { shutError, type WhyShut } from '../shut-out.ts';
import { LastContact } from './last-contact.ts';

export type DialRulesDeps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  /**
   * Hosts that tell which networks this peer is in: its listen address and those of its interfaces. A loopback one only when the peer
   * listens there: else any stranger could aim it at other programs of this machine.
   */
  readonly ownHosts: () => readonly string[];
  /** Whom this peer does not speak to: what the user blocks, whoever names it, and who is banned, unless the user names it. */
  readonly whyShut: WhyShut;
  /** Reached in an earlier run, or built in: not an address that only strangers named. */
  readonly isFamiliar?: ((address: PeerAddress) => boolean) | undefined;
  /** A banned peer is dialled all the same, since the user gave its address. */
  readonly banIgnored?: ((to: PeerTarget) => void) | undefined;
};

type Failure = {
  /** In a row. */
  readonly count: number;
  /** Of them, those up to the last one at which somebody else was in contact. */
  readonly proven: number;
  readonly atMs: number;
  readonly untilMs: number;
};

/** Remembered addresses, each kind: a host cache, the sources of many downloads, and what searches name in an hour. */
const MAX_ADDRESSES = 10_000;
/** One window of the limits on new dials. */
const SECOND_MS = 1000;
/** Ports below belong to well-known services (RFC 6335); 443 is often the only one that a firewall lets out. */
const FIRST_OPEN_PORT = 1024;
const HTTPS_PORT = 443;
/** Longest time that a known address is left alone: where a network was cut in two, the halves find each other by those they knew. */
const KNOWN_PAUSE_MS = 2 * 60_000;
/** What says that nothing of ours answers at an address. */
const DIAL_FAILURES = new Set(['peer.unreachable', 'peer.wrong-identity']);
/** What says so only while the address was never reached: a busy peer may be late or close as well. */
const DOUBTFUL_FAILURES = new Set(['peer.timeout', 'peer.closed', 'peer.protocol']);

/** The dialling rules of protocol section 4: a network must not be aimable at a victim. */
export class DialRules {
  /** What every dial says of this peer's line. */
  readonly contact: LastContact;
  readonly #deps: DialRulesDeps;
  readonly #trusted = new Set<string>();
  /** Given name: the address behind it when it was reached last. */
  readonly #behindNames = new Map<string, string>();
  /** When each was reached last; in that order. */
  readonly #reached = new Map<string, number>();
  readonly #failures = new Map<string, Failure>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #perAddress = new RateWindows({ windowMs: SECOND_MS, maxKeys: MAX_ADDRESSES });
  readonly #perBlock = new RateWindows({ windowMs: SECOND_MS, maxKeys: MAX_ADDRESSES });

  constructor(deps: DialRulesDeps) {
    this.#deps = deps;
    this.contact = new LastContact(deps.clock);
  }

  /** The user gave this address: no rule holds for it. */
  trustAddress(address: PeerAddress): void {
    this.#trusted.add(formatAddress(address));
  }

  /** The user wants it dialled again: it is not left alone for its failures any more. All other rules hold. */
  forgive(to: PeerTarget): void {
    this.#failures.delete(formatAddress(to.address));
    this.#failures.delete(targetKey(to));
  }

  /** A dial of `address` reached `remote`: the address behind a name that the user gave is as good as the name. */
  noteReached(address: PeerAddress, remote: PeerAddress): void {
    const key = formatAddress(address);
    if (this.#trusted.has(key) && classifyHost(address.host) === 'name') {
      this.#behindNames.set(key, formatAddress(remote));
    }
  }

  /** Runs a dial when the rules allow it, and remembers how it ended. Fails with peer.blocked, peer.banned, peer.address-not-allowed or peer.dial-limited. */
  async run<T>(to: PeerTarget, dial: () => Promise<T>): Promise<T> {
    const key = formatAddress(to.address);
    this.requireOpen(to);
    if (this.#isTrusted(key)) return this.#noteContact(to, dial);
    this.#checkAllowed(to.address);
    // Two at once to one new address: the second learns from the first whether the address is good.
    for (let first = this.#running.get(key); first && !this.#isKnown(key); first = this.#running.get(key)) await first;
    this.#checkNow(to);
    if (this.#isKnown(key)) return this.#watch(to, dial);
    this.#checkPace(to.address);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running.set(key, promise);
    try {
      return await this.#watch(to, dial);
    } finally {
      this.#running.delete(key);
      resolve();
    }
  }

  /** Fails with peer.blocked or peer.banned: for one that is not dialled itself, but met, too. `dialled`: as it was given. */
  requireOpen(to: PeerTarget, dialled: PeerAddress = to.address): void {
    const shut = this.#deps.whyShut({ nodeId: to.nodeId, hosts: [to.address.host] });
    if (!shut) return;
    if (shut.code === 'peer.blocked' || !this.isNamed(dialled)) throw shutError(shut, formatAddress(to.address));
    this.#deps.banIgnored?.(to);
  }

  /** The user gave this address, or a name that led to it. */
  isNamed(address: PeerAddress): boolean {
    return this.#isTrusted(formatAddress(address));
  }

  #isTrusted(key: string): boolean {
    return this.#trusted.has(key) || [...this.#behindNames.values()].includes(key);
  }

  #checkAllowed(address: PeerAddress): void {
    const why = this.#whyNotAllowed(address);
    if (why !== undefined) throw new AppError('peer.address-not-allowed', { address: formatAddress(address), why });
  }

  #whyNotAllowed({ host, port }: PeerAddress): string | undefined {
    if (port < FIRST_OPEN_PORT && port !== HTTPS_PORT) return 'a port below 1024 that the user did not give';
    const kind = classifyHost(host);
    if (kind === 'name') return 'a name that the user did not give';
    return kind === 'public' || this.#isOwnNetwork(host) ? undefined : `a ${kind} address outside this peer's network`;
  }

  #isOwnNetwork(host: string): boolean {
    const range = privateRange(host);
    return range !== undefined && this.#deps.ownHosts().some((own) => privateRange(own) === range);
  }

  #checkNow(to: PeerTarget): void {
    const address = formatAddress(to.address);
    const nowMs = this.#deps.clock.monotonicMs();
    const untilMs = Math.max(...[address, targetKey(to)].map((key) => this.#pausedUntilMs(key, to.address)));
    if (untilMs > nowMs) {
      const seconds = Math.ceil((untilMs - nowMs) / 1000);
      throw new AppError('peer.dial-limited', { address, why: `it failed and is left alone for ${seconds} s` });
    }
  }

  /** What was gained while nobody could be reached is not held against an address any more once somebody is, but for the shortest pause. */
  #pausedUntilMs(key: string, { host }: PeerAddress): number {
    const failure = this.#failures.get(key);
    if (!failure || failure.count === failure.proven || this.contact.isLost(host)) return failure?.untilMs ?? 0;
    return Math.min(failure.untilMs, failure.atMs + this.#deps.settings()['overlay.dial-retry-min']);
  }

  #checkPace(address: PeerAddress): void {
    if (privateRange(address.host) !== undefined) return;
    const settings = this.#deps.settings();
    const take = { nowMs: this.#deps.clock.monotonicMs(), cost: 1 };
    const isSlow =
      this.#perAddress.tryTake(singleBlock(address.host), { ...take, limit: settings['overlay.dials-per-address'] }) &&
      this.#perBlock.tryTake(narrowBlock(address.host), { ...take, limit: settings['overlay.dials-per-block'] });
    if (isSlow) return;
    throw new AppError('peer.dial-limited', { address: formatAddress(address), why: 'too many dials to its network' });
  }

  async #watch<T>(to: PeerTarget, dial: () => Promise<T>): Promise<T> {
    try {
      const result = await this.#noteContact(to, dial);
      this.#succeeded(to);
      return result;
    } catch (error) {
      if (error instanceof AppError) this.#failed(to, error);
      throw error;
    }
  }

  async #noteContact<T>({ address }: PeerTarget, dial: () => Promise<T>): Promise<T> {
    const result = await dial();
    this.contact.reached(address.host);
    return result;
  }

  #succeeded(to: PeerTarget): void {
    const key = formatAddress(to.address);
    this.#failures.delete(key);
    this.#failures.delete(targetKey(to));
    setLast(this.#reached, [key, this.#deps.clock.monotonicMs()], MAX_ADDRESSES);
  }

  #failed(to: PeerTarget, { code }: AppError): void {
    const address = formatAddress(to.address);
    const isKnown = this.#isKnown(address);
    if (!DIAL_FAILURES.has(code) && (isKnown || !DOUBTFUL_FAILURES.has(code))) return;
    // Whoever names a good address with a wrong key must not have it left alone.
    const key = isKnown && code === 'peer.wrong-identity' ? targetKey(to) : address;
    const { count = 0, proven = 0 } = this.#failures.get(key) ?? {};
    const isLost = this.contact.isLost(to.address.host);
    const before = isLost ? count : proven;
    const atMs = this.#deps.clock.monotonicMs();
    const untilMs = atMs + this.#pauseMs(to.address, before, isKnown && key === address);
    const failure = { count: before + 1, proven: isLost ? proven : before + 1, atMs, untilMs };
    setLast(this.#failures, [key, failure], MAX_ADDRESSES);
  }

  /** While nobody can be reached, those that are not only named by strangers are tried again and again: one of them shows that the line is back. */
  #pauseMs(address: PeerAddress, failures: number, isKnown: boolean): number {
    const { 'overlay.dial-retry-min': least, 'overlay.dial-retry-max': most } = this.#deps.settings();
    const isFamiliar = () => isKnown || this.#deps.isFamiliar?.(address);
    if (this.contact.isLost(address.host) && isFamiliar()) return Math.min(least, most);
    return Math.min(least * 2 ** failures, most, isKnown ? KNOWN_PAUSE_MS : Infinity);
  }

  /** Reached lately: not a new address. */
  #isKnown(key: string): boolean {
    const atMs = this.#reached.get(key);
    return atMs !== undefined && this.#deps.clock.monotonicMs() - atMs <= this.#deps.settings()['overlay.dial-known'];
  }
}

const targetKey = ({ address, nodeId }: PeerTarget): string => `${nodeId}@${formatAddress(address)}`;

/** Loopback, 10/8, 192.168/16, fd00::/8 and so on: what two addresses of one network have in common. Undefined for public ones and names. */
function privateRange(host: string): string | undefined {
  const kind = classifyHost(host);
  if (kind !== 'loopback' && kind !== 'private' && kind !== 'link-local') return undefined;
  const ip = parseIp(host);
  return ip?.version === 4 ? `${kind} ${ip.parts[0]}` : kind;
}
