import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Writes what Shoal is made of (CycloneDX 1.5), as npm reads it from package-lock.json: `npm run sbom`. Without the time and the chance
 * that npm puts in, so that two builds of the same sources have the same; packages of development are marked as such, for some of them
 * are in the page's bundle.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const lock = readFileSync(`${root}package-lock.json`);
const { name } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { name: string };
// npm refuses the whole tree for a range of peers that one tool of development asks for; --legacy-peer-deps passes over those.
const words = 'sbom --sbom-format cyclonedx --sbom-type application --package-lock-only --legacy-peer-deps'.split(' ');
const bom = JSON.parse(
  execFileSync('npm', words, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26, shell: process.platform === 'win32' }),
);

const digest = createHash('sha256').update(lock).digest('hex');
// A UUID of version 8: its bits are ours.
const serial = [
  digest.slice(0, 8),
  digest.slice(8, 12),
  `8${digest.slice(13, 16)}`,
  `8${digest.slice(17, 20)}`,
  digest.slice(20, 32),
];
bom.serialNumber = `urn:uuid:${serial.join('-')}`;
delete bom.metadata.timestamp;
bom.metadata.component.name = name;

mkdirSync(`${root}out`, { recursive: true });
writeFileSync(`${root}out/sbom.cdx.json`, `${JSON.stringify(bom, null, 2)}\n`);
