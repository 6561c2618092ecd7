import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PeerAddress, parseAddress } from '../../../src-main/contract/address.ts';
import { MortalPeer } from '../../long/mortal-peer.ts';
import { trySearch } from '../../long/search-tries.ts';
import { askPeer } from '../../support/ask-peer.ts';
import { makeTestIdentity } from '../../support/link-world.ts';
import { protocolsOf, toSession, type WebSession } from '../../support/web-session.ts';
import { FACE_TARGETS } from '../targets/faces.ts';
import { toInput } from '../targets/target.ts';
import { type Doors, isHarmless } from './conversations.ts';
import { type Key, recordHandshake, recordPage, recordPeer, recordUpgrade } from './record.ts';

/** Many strikes before a ban, so that fuzzing does not end early; no bytes but to this machine. */
const SETTINGS = {
  'trust.strikes': 1000,
  'trust.ban': 1000,
  'reach.map-port': 'off',
  'peer.bind': '127.0.0.1',
  'search.leaf-queries': 1000,
  'library.settle': 0,
};
/** A good child is answered within this on a busy machine, ms. */
const PATIENCE_MS = 15_000;
/** Strangers upload what has the name of its file by the hundred, and an answer has a part of all that matches, drawn anew for each search. */
const SEARCHES = 3;
const FIRST_PORT = 23_000 + (process.pid % 100) * 10;

/** A supernode that is fuzzed, and a child of it that goes on as if nothing were. */
export class Victim {
  readonly supernode: MortalPeer;
  readonly child: MortalPeer;
  readonly #data: string;
  readonly #key: Key;
  #hash = '';
  #web = new URL('http://127.0.0.1');
  #session: WebSession = { cookie: '', key: '' };

  private constructor(supernode: MortalPeer, child: MortalPeer, data: string, key: Key) {
    this.supernode = supernode;
    this.child = child;
    this.#data = data;
    this.#key = key;
  }

  static async start(folder: string): Promise<Victim> {
    const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const at = (name: string, port: number, words: readonly string[]) =>
      MortalPeer.make(name, { folder: join(folder, name), port, words: [...words, ...settings] });
    const supernode = await at('victimx', FIRST_PORT, ['--supernode', 'always', '--web', '127.0.0.1:0']);
    const child = await at('witnessx', FIRST_PORT + 1, ['--supernode', 'never', '--bootstrap', supernode.address]);
    const { key, certificate: cert } = await makeTestIdentity();
    const victim = new Victim(supernode, child, join(folder, 'victimx', 'data'), { key, cert });
    for (const peer of [supernode, child]) {
      await peer.start();
      await peer.share();
      await peer.joined();
    }
    await victim.#look();
    await victim.#untilServed();
    return victim;
  }

  async stop(): Promise<void> {
    await Promise.all([this.supernode.kill(), this.child.kill()]);
  }

  /** Why a good child, somebody who downloads, or the page is not served; undefined when all are. */
  async whyNotServed(): Promise<string | undefined> {
    const startMs = performance.now();
    const whyNotFound = await this.#whyNotFound();
    if (whyNotFound !== undefined) return whyNotFound;
    const { status, body } = await askPeer(this.supernode.address, `/content/${this.#hash}`, this.#key);
    if (status !== 200 || !body.toString().includes('victimx')) return `a file is answered with ${status}`;
    const page = await fetch(this.#web, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (page.status !== 200 || !(await page.text()).includes('<html'))
      return `the page is answered with ${page.status}`;
    const { role } = await this.supernode.client.query('status', {});
    if (role !== 'supernode') return `it is a ${role}`;
    const tookMs = performance.now() - startMs;
    return tookMs < SEARCHES * PATIENCE_MS ? undefined : `a search, a file and a page took ${Math.round(tookMs)} ms`;
  }

  async #whyNotFound(): Promise<string | undefined> {
    const misses: string[] = [];
    while (misses.length < SEARCHES) {
      const { outcome, why } = await trySearch(this.child, this.supernode, PATIENCE_MS);
      if (outcome === 'found') return undefined;
      misses.push(`${outcome}: ${why}`);
    }
    return `${SEARCHES} searches of a child, one after the other, ${misses.join('; ')}`;
  }

  /** Lines of its log that say that it met what it did not expect. */
  async errors(): Promise<readonly string[]> {
    const names = (await readdir(this.#data)).filter((name) => name.startsWith('shoal.log'));
    const texts = await Promise.all(names.map((name) => readFile(join(this.#data, name), 'utf8')));
    return texts.flatMap((text) => text.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line)));
  }

  /** Resident memory, MiB, and open descriptors. */
  async size(): Promise<{ readonly mib: number; readonly descriptors: number }> {
    const status = await readFile(`/proc/${this.#pid}/status`, 'utf8');
    const mib = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    return { mib, descriptors: (await readdir(`/proc/${this.#pid}/fd`)).length };
  }

  /** What good ones say at each of its doors. */
  async doors(note: Doors['note']): Promise<Doors> {
    const peer = parseAddress(this.supernode.address) as PeerAddress;
    const page = parseAddress(this.#web.host) as PeerAddress;
    const headers = { Host: this.#web.host, Origin: this.#web.origin, Cookie: this.#session.cookie };
    const { path } = JSON.parse(await readFile(join(this.#data, 'control.json'), 'utf8'));
    const token = (await readFile(join(this.#data, 'token'), 'utf8')).trim();
    const [faces] = FACE_TARGETS;
    return {
      ...{ peer, page, control: { path, token }, note },
      requests: await recordPeer(peer, this.#key, this.#hash),
      pageRequests: await recordPage(page, headers),
      session: await recordUpgrade(`wss://${this.supernode.address}/session`, {}, { key: this.#key }),
      pageSession: await recordUpgrade(`ws://${this.#web.host}/api`, headers, {
        protocols: protocolsOf(this.#session),
      }),
      handshake: await recordHandshake(),
      faceRequests: (faces?.seeds ?? []).map(toInput).filter(isHarmless),
    };
  }

  get isAlive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get #process() {
    return this.supernode.program.process;
  }

  get #pid(): number {
    return this.#process.pid ?? 0;
  }

  /** What was shared a moment ago is found a moment later. */
  async #untilServed(): Promise<void> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (let why: string | undefined = ''; why !== undefined; why = await this.whyNotServed())
      if (performance.now() > untilMs) throw new Error(`not served from the start: ${why}`);
  }

  async #look(): Promise<void> {
    const { client } = this.supernode;
    const untilMs = performance.now() + PATIENCE_MS;
    while (this.#hash === '' && performance.now() < untilMs) {
      const { files } = await client.query('shares.files', {});
      this.#hash = files[0]?.hash ?? '';
    }
    this.#web = new URL(await client.webAddress());
    const token = this.#web.hash.replace('#token=', '');
    const answer = await fetch(new URL('/session', this.#web), {
      method: 'POST',
      headers: { Origin: this.#web.origin, 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    this.#session = toSession(answer);
  }
}
