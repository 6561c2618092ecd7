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
interface URL {
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly href: string;
  hash: string;
}
declare var URL: { new (text: string, base?: string): URL; parse(text: string, base?: string): URL | null };
