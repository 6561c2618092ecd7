import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { peerCommand } from '../../../src-main/headless/commands/peer.ts';
import { statusCommand } from '../../../src-main/headless/commands/status.ts';
import type { Host } from '../../../src-main/headless/host.ts';
import type { Session } from '../../../src-main/headless/session.ts';

const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(root(path), 'utf8');
const session: Session = { host: { workingFolder: '/' } as Host, status: 0 };

/** What the command line makes of these words; it runs nothing. Throws, as a usage error ends, when it does not know one. */
async function parse([name, ...words]: readonly string[]): Promise<Record<string, unknown>> {
  const known: Record<string, (session: Session) => Command> = { peer: peerCommand, status: statusCommand };
  const command = known[name ?? '']?.(session);
  if (!command) throw new Error(`no command ${name}`);
  command.exitOverride().configureOutput({ writeErr: () => {} });
  command.action(() => {});
  await command.parseAsync(words, { from: 'user' });
  return command.opts();
}

test('what is not known is noticed', async () => {
  await expect(parse(['peer', '--supernodes', 'always'])).rejects.toThrow('unknown option');
  await expect(parse(['peer', '--supernode', 'sometimes'])).rejects.toThrow();
  await expect(parse(['peer', 'more'])).rejects.toThrow('too many arguments');
});

describe('build/shoal.service', () => {
  const unit = read('build/shoal.service');
  const setting = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];

  test('its command line is understood, and keeps to the folder that it may write', async () => {
    const [node, entry, ...words] = setting('ExecStart')?.split(' ') ?? [];
    expect(node).toBe('/opt/shoal/node_modules/node/bin/node');
    expect(entry).toBe('/opt/shoal/out/main/cli.js');
    const options = await parse(words);
    expect(options).toMatchObject({
      data: `%S/${setting('StateDirectory')}`,
      listen: { host: '::', port: 1214 },
      supernode: 'always',
      web: { host: '127.0.0.1', port: 1215 },
    });
    expect(String(options.downloads)).toContain(`%S/${setting('StateDirectory')}/`);
  });

  test('a wrong command line is not tried again, a failure is', () => {
    expect(setting('Restart')).toBe('on-failure');
    expect(setting('RestartPreventExitStatus')).toBe('2');
  });
});

describe('build/Containerfile', () => {
  const lines = read('build/Containerfile').split('\n');
  const words = (name: string): string[] => {
    const line = lines.find((one) => one.startsWith(`${name} `)) ?? '';
    return JSON.parse(line.slice(line.indexOf('[')));
  };

  test('its command lines are understood, and use its volume', async () => {
    const entry = words('ENTRYPOINT');
    const options = await parse(words('CMD'));
    expect(options).toMatchObject({ data: '/data', downloads: '/data/downloads', supernode: 'always' });
    expect(lines).toContain(`EXPOSE ${(options.listen as { port: number }).port}`);
    expect(lines).toContain('VOLUME /data');
    const healthcheck = words('HEALTHCHECK');
    expect(healthcheck.slice(0, entry.length)).toEqual(entry);
    expect(await parse(healthcheck.slice(entry.length))).toMatchObject({ data: '/data' });
  });

  test('what it copies is there, and it does not run as root', () => {
    const copied = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied).toContain('src-main');
    expect(copied.filter((path) => !existsSync(root(path)))).toEqual([]);
    expect(lines).toContain('USER node');
  });
});
