/** Told apart by most people who see colours differently (after Okabe and Ito), on both grounds. */
const COLOURS = ['#e69f00', '#cc79a7', '#56b4e9', '#d55e00', '#8f7bd1', '#b5a800', '#009e73', '#f06292'] as const;

/** A colour for each source, in the order in which they were first seen; the ninth has that of the first. */
export class SourceColours {
  readonly #order = new Map<string, number>();

  of(node: string): string {
    const at = this.#order.get(node) ?? this.#order.size;
    this.#order.set(node, at);
    return COLOURS[at % COLOURS.length] ?? COLOURS[0];
  }
}
