import { toUtf8, utf8Length } from '../contract/utf8.ts';

type Options = {
  readonly version: number;
  readonly maxBytes: number;
  /** Lets others work. */
  readonly rest: () => Promise<void>;
};

/** So much text is made in one go: a few ms of work. */
const SLICE_BYTES = 128 * 1024;
const CLOSING = '}\n';

/** The text of a JSON object of lists, made item by item and never longer than is allowed: what does not fit any more is left out. */
export class JsonLists {
  readonly #options: Options;
  readonly #parts: string[];
  #bytes: number;
  #untilRest = SLICE_BYTES;
  #isWhole = true;

  constructor(options: Options) {
    this.#options = options;
    this.#parts = [`{"version":${options.version}`];
    this.#bytes = utf8Length(`${this.#parts}${CLOSING}`);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether all items fitted. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Adds a list under a name of its own, up to the first item for which there is no room. */
  async add(name: string, items: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
    const open = `,"${name}":[\n`;
    const close = ']';
    if (!this.#hasRoom(open.length + close.length)) return;
    this.#push(open, open.length + close.length);
    let isFirst = true;
    for await (const item of items) {
      const text = `${isFirst ? '' : ',\n'}${JSON.stringify(item)}`;
      const bytes = utf8Length(text);
      if (!this.#hasRoom(bytes)) break;
      this.#push(text, bytes);
      isFirst = false;
      await this.#restAfter(bytes);
    }
    this.#parts.push(close);
  }

  equals(other: JsonLists): boolean {
    const theirs = other.#parts;
    return theirs.length === this.#parts.length && this.#parts.every((part, at) => part === theirs[at]);
  }

  async toBytes(): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of [...this.#parts, CLOSING]) {
      const encoded = toUtf8(part);
      bytes.set(encoded, at);
      at += encoded.length;
      await this.#restAfter(encoded.length);
    }
    return bytes;
  }

  #hasRoom(bytes: number): boolean {
    this.#isWhole &&= this.#bytes + bytes <= this.#options.maxBytes;
    return this.#isWhole;
  }

  #push(part: string, bytes: number): void {
    this.#parts.push(part);
    this.#bytes += bytes;
  }

  async #restAfter(bytes: number): Promise<void> {
    this.#untilRest -= bytes;
    if (this.#untilRest > 0) return;
    this.#untilRest = SLICE_BYTES;
    await this.#options.rest();
  }
}
