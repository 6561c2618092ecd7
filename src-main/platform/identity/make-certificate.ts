import { createPrivateKey, createPublicKey, randomBytes, sign, X509Certificate } from 'node:crypto';

/** Tags of DER (X.690, section 8); those from 0xa0 on are the numbered fields of a certificate. */
const SEQUENCE = 0x30;
const SET = 0x31;
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BITS = 0x03;
const BYTES = 0x04;
const OBJECT_ID = 0x06;
const UTF8 = 0x0c;
/** Years until 2049 (RFC 5280, 4.1.2.5). */
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('550403', 'hex');
const KEY_USAGE = Buffer.from('551d0f', 'hex');
/** One bit, the first of eight: 7 are unused. */
const DIGITAL_SIGNATURE = Buffer.of(7, 0x80);
const VERSION_3 = Buffer.of(2);
const TRUE = Buffer.of(0xff);
const SERIAL_BYTES = 16;

/** Nobody reads names and dates of certificates (protocol section 4): the same for all, so that they tell nothing, and far apart, so that a wrong clock does not matter to other programs. */
const NAME = der(SEQUENCE, der(SET, der(SEQUENCE, der(OBJECT_ID, COMMON_NAME), der(UTF8, Buffer.from('shoal')))));
const VALIDITY = der(
  SEQUENCE,
  der(UTC_TIME, Buffer.from('000101000000Z')),
  der(GENERALIZED_TIME, Buffer.from('20991231000000Z')),
);
const ALGORITHM = der(SEQUENCE, der(OBJECT_ID, ECDSA_WITH_SHA256));
/** What the key may do: nothing but sign handshakes. Without any extension the list would not be valid (RFC 5280, 4.1). */
const USAGE = der(
  SEQUENCE,
  der(SEQUENCE, der(OBJECT_ID, KEY_USAGE), der(BOOLEAN, TRUE), der(BYTES, der(BITS, DIGITAL_SIGNATURE))),
);

/**
 * A self-signed certificate for a P-256 key (PEM in, PEM out). It is the one certificate that Shoal ever makes, all constant but serial
 * number, key and signature; docs/adr/0011 says why no library writes it.
 */
export function makeCertificate(key: string): string {
  const privateKey = createPrivateKey(key);
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const body = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, VERSION_3)),
    der(INTEGER, makeSerial()),
    ALGORITHM,
    NAME,
    VALIDITY,
    NAME,
    spki,
    der(EXTENSIONS, USAGE),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = der(SEQUENCE, body, ALGORITHM, der(BITS, Buffer.of(0), signature));
  return new X509Certificate(certificate).toString();
}

/** Positive, and not shorter than it says: the first byte lies in 0x40–0x7f. */
function makeSerial(): Buffer {
  const serial = randomBytes(SERIAL_BYTES);
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  return serial;
}

/** Tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag), derLength(body.length), body]);
}

/** One byte below 128, else the number of bytes and the bytes (X.690, 8.1.3); a certificate has less than 64 KiB. */
function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}
