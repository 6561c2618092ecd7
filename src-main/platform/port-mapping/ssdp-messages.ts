/** The search for a UPnP router (UPnP Device Architecture 1.1, section 1.3) and its answers. */

export const SSDP_GROUP = { host: '239.255.255.250', port: 1900 } as const;
const SEARCHED = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
] as const;
const MAX_ANSWER_BYTES = 4096;
const LOCATION = /^location:[ \t]*(\S{1,500})[ \t]*$/im;

export const encodeSearches = (): readonly Uint8Array[] =>
  SEARCHED.map((type) => {
    const lines = [
      'M-SEARCH * HTTP/1.1',
      `HOST: ${SSDP_GROUP.host}:${SSDP_GROUP.port}`,
      'MAN: "ssdp:discover"',
      'MX: 1',
      `ST: ${type}`,
    ];
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  });

/** Where the description of the device lies that answers, which is at the device itself; undefined for any other answer. */
export function decodeSearchAnswer(bytes: Uint8Array, from: string): URL | undefined {
  if (bytes.length > MAX_ANSWER_BYTES) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (!text.startsWith('HTTP/1.1 200') || !SEARCHED.some((type) => text.includes(type))) return undefined;
  return urlAt(LOCATION.exec(text)?.[1] ?? '', from);
}

/** A plain HTTP URL whose host is this very address, or undefined. */
export function urlAt(text: string, host: string, base?: URL): URL | undefined {
  const url = URL.parse(text, base?.href);
  const isThere = url?.protocol === 'http:' && url.hostname === host && url.username === '' && url.password === '';
  return isThere ? url : undefined;
}
