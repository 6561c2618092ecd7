import fc from 'fast-check';
import { parseWebUrl, type WebUrl } from '../../src-main/contract/web-url.ts';

/** Web URLs of many forms, as `parseWebUrl` writes them. */
export const webUrl: fc.Arbitrary<WebUrl> = fc
  .oneof(
    fc.webUrl({ validSchemes: ['http', 'https'], withQueryParameters: true }),
    fc.constantFrom(
      'http://[2001:db8::1]:8080/a',
      'https://192.0.2.1/%20x',
      'HTTP://EXAMPLE.org',
      'http://ü.example/ä?b=<&">',
    ),
  )
  .map((text) => parseWebUrl(text))
  .filter((url) => url !== undefined);
