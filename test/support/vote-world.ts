import { onTestFinished } from 'vitest';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/contract/settings.ts';
import type { Opinion, Verdict } from '../../src-main/contract/votes.ts';
import type { IncomingRequest, KnownRemote, OutgoingRequest, Remote } from '../../src-main/engine/ports/index.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { VoteStore } from '../../src-main/engine/store/vote-store.ts';
import type { PassedOn, VoteTeller } from '../../src-main/engine/votes/gathering.ts';
import type { JudgedFile } from '../../src-main/engine/votes/judged-file.ts';
import { Votes } from '../../src-main/engine/votes/votes.ts';
import type { ListedVote } from '../../src-main/engine/wire/votes.ts';
import { verifySignature } from '../../src-main/platform/identity/signing.ts';
import { nodeSha256 } from '../../src-main/platform/node-sha256.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { hashOf, Voter } from './voters.ts';

/** What a peer answers that is asked for votes: votes, or any other body. */
type Answer = readonly ListedVote[] | string;

const PARENT_HOST = '192.0.2.1';

export const fileOf = (number: number) => ({ hash: hashOf(number), size: 1000 });

/** The votes of one peer, with the peers around it played. */
export class VoteWorld {
  readonly clock = new VirtualClock();
  readonly me = new Voter();
  readonly strikes: { readonly remote: Remote; readonly why: string }[] = [];
  readonly asked: { readonly to: KnownRemote; readonly request: OutgoingRequest }[] = [];
  readonly changes: Opinion[] = [];
  /** Somebody whom the peer lets look for votes. */
  readonly parent = new Voter();
  /** Files that it was asked for, how many supernodes it asks for each, and what it passes on. */
  readonly looks: JudgedFile[] = [];
  asks = 10;
  tells: PassedOn[] = [];
  /** It is of a version that can ask nobody. */
  isParentOld = false;
  settings: Settings = DEFAULT_SETTINGS;
  readonly blocked = new Set<ContentHash>();
  votes: Votes;
  /** Signatures that were checked. */
  checks = 0;
  #checking = 0;
  readonly #database: MemoryDatabase;
  readonly #answers = new Map<string, Answer>();

  private constructor(database: MemoryDatabase) {
    this.#database = database;
    this.votes = this.#make();
  }

  static async make(): Promise<VoteWorld> {
    const database = new MemoryDatabase();
    await migrate(database, { migrations: MIGRATIONS, path: ':memory:' });
    const world = new VoteWorld(database);
    await world.votes.start();
    onTestFinished(async () => {
      await world.votes.stop();
      await database.close();
    });
    return world;
  }

  /** Ends it and starts it on the same data. */
  async restart(): Promise<void> {
    await this.votes.stop();
    this.votes = this.#make();
    await this.votes.start();
  }

  publish(isOn: boolean): void {
    this.settings = { ...this.settings, 'votes.publish': isOn };
    this.votes.settingChanged();
  }

  /** A peer at a host answers so when it is asked. */
  answers(node: string, answer: Answer): void {
    this.#answers.set(node, answer);
  }

  /** What somebody at a host says of a file, by its number, when this peer asks him. */
  async says(voter: Voter, host: string, verdict: Verdict | 'none', number: number, sequence = 1): Promise<void> {
    this.answers(voter.node, [voter.listed(hashOf(number), verdict, { sequence })]);
    this.votes.heard(fileOf(number), this.teller(voter, host));
    await this.settle();
  }

  /** What this user says of a file, by its number. */
  judge(number: number, verdict: Verdict | null) {
    return this.votes.set({ ...fileOf(number), name: `file ${number}`, verdict });
  }

  score(number: number) {
    return this.votes.opinion(fileOf(number)).score;
  }

  teller(voter: Voter, host: string): VoteTeller {
    return { nodeId: voter.node, address: { host, port: 1214 } };
  }

  /** What a supernode at a host told the parent, which passes it on. */
  passed(host: string, ...votes: readonly ListedVote[]): PassedOn {
    return { by: { nodeId: this.parent.node, host: PARENT_HOST }, host, votes };
  }

  /** A request as the peer gets it. */
  request(path: string, remote: Remote, method = 'GET'): IncomingRequest {
    const [name = '', query = ''] = path.split('?');
    return {
      ...{ method, path: name, query: new URLSearchParams(query), headers: {}, remote },
      body: () => Promise.resolve(new Uint8Array()),
      signal: new AbortController().signal,
    };
  }

  /** Lets all that is under way come to its end; signatures are checked outside of the virtual clock. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 20; quiet++) {
      if (this.#checking > 0) quiet = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #make(): Votes {
    return new Votes({
      ...{ clock: this.clock, random: new SeededRandom(1), logger: new MemoryLogger() },
      ...{ settings: () => this.settings, identity: this.me.identity, sha256: nodeSha256 },
      verify: (signed) => {
        this.#checking++;
        this.checks++;
        return verifySignature(signed).finally(() => this.#checking--);
      },
      store: new VoteStore(this.#database),
      links: {
        request: async (to, request) => {
          if (to.nodeId === undefined) throw new Error('everybody asked is known by a key');
          const remote = { nodeId: to.nodeId, address: to.address };
          this.asked.push({ to: remote, request });
          const answer = this.#answers.get(to.nodeId);
          const body = typeof answer === 'string' ? answer : JSON.stringify({ votes: answer ?? [] });
          const status = answer === undefined ? 404 : 200;
          return { status, headers: {}, body: new TextEncoder().encode(body), remote, elapsedMs: 1 };
        },
      },
      find: async (file, heard) => {
        this.looks.push(file);
        if (this.isParentOld) return this.teller(this.parent, PARENT_HOST);
        if (this.asks > 0) heard.asked(this.asks);
        for (const told of this.tells) heard.told(told);
        return undefined;
      },
      strike: (remote, why) => this.strikes.push({ remote, why }),
      isBlocked: (hash) => this.blocked.has(hash),
      changed: (opinion) => this.changes.push(opinion),
    });
  }
}
