/** What the contract names of its hosts' globals and the ES library does not; only its own tsconfig sees this file. */
interface AbortSignal {
  readonly aborted: boolean;
}
interface TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare var TextEncoder: { new (): TextEncoder };
interface TextDecoder {
  decode(bytes: Uint8Array): string;
}
declare var TextDecoder: { new (): TextDecoder };
