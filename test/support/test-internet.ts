import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { hasNamespaces } from './network-namespaces.ts';
import { type CableEnd, type Line, setLine } from './test-line.ts';
import { requireTool } from './tools.ts';

/** Network namespaces of one run: shoal-net-PID-NUMBER. */
const PREFIX = 'shoal-net-';
const LAN = '192.168.1';

/** Whether this process may make networks with routers and lines: root, with iproute2 (`ip` and `tc`) and nftables. */
export const canMakeNetworks = hasNamespaces && requireTool('nft') && requireTool('tc', ['-V']);

/** A machine hands its network card up to 64 KiB at a time; so much is not to be lost as one. */
const SINGLE_PACKETS = ['gso_max_segs', '1'];
/** How most systems answer to loss, whatever this one is set to. */
const CUBIC = ['congctl', 'cubic'];

/** A machine in a home: its namespace, its own address, and the namespace of the router. */
export type HomeMachine = { readonly namespace: string; readonly address: string; readonly router: string };

/** The router of every home, as its machines see it. */
export const ROUTER_INSIDE = `${LAN}.1`;

/**
 * A network in which every address of the world can be had: namespaces on one bridge, each with its own addresses and with nothing of this
 * machine's network. All is removed when the test ends, and what a killed run left when the next begins.
 */
export class TestInternet {
  readonly #hub: string;
  /** Both ends of each host's line, by its namespace. */
  readonly #lines = new Map<string, readonly CableEnd[]>();
  #made = 0;

  constructor() {
    removeLeftovers();
    this.#hub = this.#namespace();
    ip('-n', this.#hub, 'link', 'add', 'bridge', 'type', 'bridge');
    ip('-n', this.#hub, 'link', 'set', 'bridge', 'up');
  }

  /** The namespace of a machine with these addresses. */
  host(...addresses: readonly string[]): string {
    const host = this.#namespace();
    const port = `port${this.#made}`;
    ip('link', 'add', 'net', 'netns', host, 'type', 'veth', 'peer', 'name', port, 'netns', this.#hub);
    ip('-n', this.#hub, 'link', 'set', port, 'master', 'bridge', 'up');
    ip('-n', host, 'link', 'set', 'net', 'up', ...SINGLE_PACKETS);
    this.#lines.set(host, [
      { namespace: host, device: 'net' },
      { namespace: this.#hub, device: port },
    ]);
    for (const address of addresses) {
      const isV6 = address.includes(':');
      // No other machine has it: nobody needs to be asked.
      ip('-n', host, 'address', 'add', `${address}/${isV6 ? 128 : 32}`, 'dev', 'net', ...(isV6 ? ['nodad'] : []));
      ip('-n', host, isV6 ? '-6' : '-4', 'route', 'replace', 'default', 'dev', 'net', ...CUBIC);
    }
    return host;
  }

  /** A router, or another machine, is switched off and on, and has another address outside: what passed through it before is forgotten. */
  moveTo(host: string, address: string): void {
    ip('-n', host, 'link', 'set', 'net', 'down');
    ip('-n', host, 'address', 'flush', 'dev', 'net');
    ip('-n', host, 'link', 'set', 'net', 'up');
    ip('-n', host, 'address', 'add', `${address}/32`, 'dev', 'net');
    ip('-n', host, 'route', 'replace', 'default', 'dev', 'net', ...CUBIC);
  }

  /** What the line of a host, or of a router, can do from now on. */
  setLine(host: string, line: Line): void {
    const ends = this.#lines.get(host);
    if (!ends) throw new Error(`no line of ${host}`);
    setLine(ends, line);
  }

  /**
   * Machines behind a router that has `address` and opens no port. `random`: what goes out gets any port there, not its own. `silent`: it drops
   * what nobody asked for, as those of homes do, instead of answering that the port is closed.
   */
  home(address: string, machines: number, { random = false, silent = false } = {}): readonly HomeMachine[] {
    const router = this.host(address);
    ip('-n', router, 'link', 'add', 'lan', 'type', 'bridge');
    ip('-n', router, 'address', 'add', `${LAN}.1/24`, 'dev', 'lan');
    ip('-n', router, 'link', 'set', 'lan', 'up');
    run('ip', 'netns', 'exec', router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    const rules = 'table ip home { chain out { type nat hook postrouting priority 100; oifname "net" MASQUERADE; }; }';
    run(
      'ip',
      'netns',
      'exec',
      router,
      'nft',
      rules.replace('MASQUERADE', random ? 'masquerade fully-random' : 'masquerade'),
    );
    if (silent) {
      const drop = 'iifname "net" ct state { new, invalid } drop';
      const chain = `table ip walls { chain in { type filter hook input priority 0; ${drop}; }; }`;
      run('ip', 'netns', 'exec', router, 'nft', chain);
    }
    return Array.from({ length: machines }, (_, at) => this.#machine(router, `${LAN}.${at + 2}`));
  }

  #machine(router: string, address: string): HomeMachine {
    const namespace = this.#namespace();
    const port = `port${this.#made}`;
    ip('link', 'add', 'net', 'netns', namespace, 'type', 'veth', 'peer', 'name', port, 'netns', router);
    ip('-n', router, 'link', 'set', port, 'master', 'lan', 'up');
    ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'net');
    ip('-n', namespace, 'link', 'set', 'net', 'up', ...SINGLE_PACKETS);
    ip('-n', namespace, 'route', 'add', 'default', 'via', `${LAN}.1`, ...CUBIC);
    return { namespace, address, router };
  }

  #namespace(): string {
    const name = `${PREFIX}${process.pid}-${++this.#made}`;
    ip('netns', 'add', name);
    onTestFinished(() => ip('netns', 'delete', name));
    return name;
  }
}

function removeLeftovers(): void {
  for (const line of run('ip', 'netns', 'list').split('\n')) {
    const [name = ''] = line.split(' ');
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) ip('netns', 'delete', name);
  }
}

const ip = (...words: readonly string[]): void => void run('ip', ...words);

function run(command: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`);
  return stdout;
}
