/** What the contract names of its hosts' globals and the ES library does not; only its own tsconfig sees this file. */
interface AbortSignal {
  readonly aborted: boolean;
}
interface TextEncoder {
  encode(text: string): { readonly length: number };
}
declare var TextEncoder: { new (): TextEncoder };
