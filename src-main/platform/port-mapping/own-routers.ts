import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { classifyHost } from '../../contract/address-block.ts';

/** A private network of this machine: its own address there, and what may be the router. */
export type OwnNetwork = { readonly own: string; readonly prefix: number; readonly routers: readonly string[] };

/** Virtual networks of containers and the like add up; a home has one or two. */
const MAX_NETWORKS = 4;
const ROUTES = '/proc/net/route';

/** Networks in which this peer, listening on `host`, may be behind a router. None for one that listens on loopback or a public address. */
export async function ownNetworks(host: string): Promise<readonly OwnNetwork[]> {
  const isEvery = host === '' || host === '::' || host === '0.0.0.0';
  const gateways = await gatewaysOf();
  const networks = Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
    list.flatMap(({ address, family, internal, cidr }) => {
      const isWanted = family === 'IPv4' && !internal && (isEvery || address === host);
      if (!isWanted || cidr === null || classifyHost(address) !== 'private') return [];
      const prefix = Number(cidr.split('/')[1]);
      const routers = gateways.get(name) ?? firstHosts(address, prefix);
      return [{ own: address, prefix, routers: routers.filter((router) => router !== address) }];
    }),
  );
  return networks.slice(0, MAX_NETWORKS);
}

/** Of each interface; empty where the system does not say so in a file. */
async function gatewaysOf(): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await readFile(ROUTES, 'utf8').catch(() => '');
  return parseRoutes(text);
}

/** Linux: a line for each route, numbers as the processor has them in memory. */
export function parseRoutes(text: string): ReadonlyMap<string, readonly string[]> {
  const gateways = new Map<string, readonly string[]>();
  for (const line of text.split('\n').slice(1)) {
    const [name = '', destination, gateway = ''] = line.split('\t');
    const host = /^[0-9A-F]{8}$/.test(gateway) ? toHost(gateway) : '0.0.0.0';
    if (destination !== '00000000' || host === '0.0.0.0') continue;
    gateways.set(name, [...(gateways.get(name) ?? []), host]);
  }
  return gateways;
}

/** Little-endian on every processor that Electron runs on. */
const toHost = (hex: string): string => [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');

/** Where the system does not say: nearly every router has the first address of its network. */
function firstHosts(address: string, prefix: number): readonly string[] {
  if (!(prefix >= 8 && prefix <= 30)) return [];
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(number / size) * size + 1;
  return [[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')];
}
