import { randomBytes, randomInt } from 'node:crypto';
import type { Discovery, DiscoveryHandle, DiscoveryOptions, DiscoveryState, Logger } from '../../engine/ports/index.ts';
import { encodeAnnouncement, encodeQuestion, isSpeaker, readLanMessage } from './dns-messages.ts';
import { MulticastSockets } from './multicast-sockets.ts';
import { networksOf, type OwnAddress, ownAddresses } from './own-networks.ts';
import { PacketBudget } from './packet-budget.ts';

type Deps = {
  readonly logger: Logger;
  /** All traffic is bound to this address of the machine; undefined = any. */
  readonly localAddress?: () => string | undefined;
  /** UDP port; another one than that of multicast DNS only for tests. */
  readonly port?: number;
};

const MDNS_PORT = 5353;
/** Of a name that is new at every start, and told nowhere else. */
const INSTANCE_BYTES = 8;
/** Interfaces come and go: looked at this often. */
const LOOK_MS = 10_000;
/** Sockets that failed are tried again after this: another program may have had the port for itself. */
const RETRY_MS = 60_000;
/** A peer asks, answers and announces at most this often (RFC 6762, section 6). */
const SECOND_MS = 1000;
/** Answers are spread over this, so that not all of them meet on the wire (RFC 6762, section 6). */
const ANSWER_MS = { least: 20, spread: 100 };
/** Who asks has enough to join by so many: in a large network the others stay silent. */
const ENOUGH_ANSWERS = 16;

/** LAN discovery by multicast DNS: what is announced, and to whom it is not believed, says docs/adr/0021. */
export class MdnsDiscovery implements Discovery {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  open(options: DiscoveryOptions): DiscoveryHandle {
    return new MdnsHandle(this.#deps, options);
  }
}

class MdnsHandle implements DiscoveryHandle {
  readonly #deps: Deps;
  readonly #options: DiscoveryOptions;
  readonly #instance: string;
  readonly #budget = new PacketBudget(() => performance.now());
  readonly #looks: NodeJS.Timeout;
  #sockets: MulticastSockets | undefined;
  #addresses: readonly OwnAddress[] = [];
  #networks = networksOf([]);
  #answer: NodeJS.Timeout | undefined;
  /** Others that announced themselves since the question that waits for its answer. */
  #answeredByOthers = 0;
  #saidMs = Number.NEGATIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;
  #failedMs: number | undefined;
  #isToldFailed = false;
  #isOpen = true;
  #refused = 0;

  constructor(deps: Deps, options: DiscoveryOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#instance = randomBytes(INSTANCE_BYTES).toString('hex');
    this.#looks = setInterval(() => void this.#look(), LOOK_MS).unref();
    void this.#look();
  }

  ask(): void {
    if (performance.now() - this.#askedMs < SECOND_MS) return;
    this.#askedMs = performance.now();
    for (const host of this.#sockets?.hosts ?? []) void this.#sockets?.send(encodeQuestion(this.#instance), host);
  }

  state(): DiscoveryState {
    return { works: (this.#sockets?.hosts.length ?? 0) > 0, refused: this.#refused };
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#looks);
    clearTimeout(this.#answer);
    const sockets = this.#sockets;
    this.#sockets = undefined;
    if (!sockets) return;
    await Promise.all(sockets.hosts.map((host) => sockets.send(this.#announcement(host, true), host)));
    await sockets.close();
  }

  /** Opens the sockets when the addresses of this machine changed, or when they failed and a while has passed. */
  async #look(): Promise<void> {
    const bound = this.#deps.localAddress?.();
    const addresses = ownAddresses(this.#options.listen.host).filter(
      ({ host }) => bound === undefined || host === bound,
    );
    const isSame = JSON.stringify(addresses) === JSON.stringify(this.#addresses);
    const isRetry = this.#failedMs !== undefined && performance.now() - this.#failedMs >= RETRY_MS;
    if (isSame && !isRetry) return;
    this.#addresses = addresses;
    this.#networks = networksOf(addresses);
    this.#failedMs = undefined;
    const old = this.#sockets;
    this.#sockets = undefined;
    await old?.close();
    if (!this.#isOpen) return;
    this.#sockets = new MulticastSockets(
      {
        port: this.#deps.port ?? MDNS_PORT,
        opened: (host) => this.#opened(host),
        received: (bytes, from) => this.#received(bytes, from),
        failed: (why) => this.#failed(why),
      },
      addresses,
    );
  }

  #opened(host: string): void {
    this.#deps.logger.debug('can be found in the local network', { host });
    void this.#sockets?.send(this.#announcement(host, false), host);
    void this.#sockets?.send(encodeQuestion(this.#instance), host);
    // Said twice, for a packet may be lost (RFC 6762, section 8.3).
    this.#saidMs = performance.now();
    this.#answerSoon();
  }

  /** Told once: a machine without multicast stays so. */
  #failed(why: string): void {
    if (!this.#isOpen) return;
    this.#failedMs ??= performance.now();
    this.#deps.logger[this.#isToldFailed ? 'debug' : 'info']('the local network cannot be searched everywhere', {
      why,
    });
    this.#isToldFailed = true;
  }

  #received(bytes: Uint8Array, from: string): void {
    if (!this.#isOpen || !isSpeaker(from) || !this.#networks.has(from)) return;
    const message = readLanMessage(bytes, this.#instance, () => this.#budget.take(from));
    if (message === undefined) return;
    if (message === 'refused') {
      this.#refused++;
      return;
    }
    this.#refused += message.refused;
    if (message.isQuestion) this.#answerSoon();
    this.#answeredByOthers += message.announced.length;
    for (const { port, isGone } of message.announced) this.#options[isGone ? 'gone' : 'found']({ host: from, port });
  }

  #answerSoon(): void {
    if (this.#answer) return;
    this.#answeredByOthers = 0;
    const nextMs = this.#saidMs + SECOND_MS - performance.now();
    const delayMs = Math.max(nextMs, ANSWER_MS.least + randomInt(ANSWER_MS.spread));
    this.#answer = setTimeout(() => {
      this.#answer = undefined;
      if (this.#answeredByOthers >= ENOUGH_ANSWERS) return;
      this.#saidMs = performance.now();
      for (const host of this.#sockets?.hosts ?? []) void this.#sockets?.send(this.#announcement(host, false), host);
    }, delayMs).unref();
  }

  #announcement(host: string, isGone: boolean): Uint8Array {
    return encodeAnnouncement({ instance: this.#instance, host, port: this.#options.listen.port, isGone });
  }
}
