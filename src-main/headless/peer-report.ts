import type { EngineApi, Events } from '../contract/api.ts';
import { shortId } from '../contract/ids.ts';
import { formatBytes, formatCount, WORLDS_WORDS } from './format.ts';
import type { Output } from './output.ts';

type Ready = { readonly node: string; readonly listen: string; readonly web: string | null; readonly data: string };

/** What `shoal peer` prints: `ready` first, then what changes. Made before the engine starts; what comes early waits for `ready`. */
export class PeerReport {
  readonly #out: Output;
  readonly #off: readonly (() => void)[];
  #early: (() => void)[] | undefined = [];

  constructor(engine: EngineApi, out: Output) {
    this.#out = out;
    this.#off = [
      engine.on('library', (event) => this.#print(() => this.#library(event))),
      engine.on('parent', (event) => this.#print(() => this.#parent(event))),
      engine.on('role', (event) => this.#print(() => this.#role(event))),
      engine.on('worlds', (event) => this.#print(() => this.#worlds(event))),
    ];
  }

  ready({ node, listen, web, data }: Ready): void {
    this.#out.answer({ event: 'ready', node, listen, web, data }, () => [
      `peer ${node}`,
      `listening on ${listen}, data in ${data}`,
      ...(web === null ? [] : [`open ${web} (good for one browser; "shoal web" prints another)`]),
    ]);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const print of early) print();
  }

  /** Idempotent. */
  stop(): void {
    for (const off of this.#off) off();
  }

  #print(print: () => void): void {
    if (this.#early) this.#early.push(print);
    else print();
  }

  #library({ files, bytes }: Events['library']): void {
    this.#out.answer(
      { event: 'library', files, bytes },
      () => `sharing ${formatCount(files, 'file')}, ${formatBytes(bytes)}`,
    );
  }

  #parent({ node, address, rttMs }: Events['parent']): void {
    this.#out.answer({ event: 'parent', node, address, rttMs }, () =>
      node === null ? 'no parent' : `parent ${shortId(node)} at ${address}, ${Math.round(rttMs)} ms`,
    );
  }

  #worlds({ state, sides }: Events['worlds']): void {
    this.#out.answer({ event: 'worlds', state, sides }, () => `networks: ${WORLDS_WORDS[state]}`);
  }

  #role({ role }: Events['role']): void {
    this.#out.answer({ event: 'role', role }, () => `role: ${role}`);
  }
}
