import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { PeerTarget } from '../../../src-main/contract/address.ts';
import type { Crowd, LoadAnswer, LoadFigures, LoadRequest, Rates } from './load-protocol.ts';

const ENTRY = join(import.meta.dirname, 'load-process.ts');

/** A process that plays the children and the neighbours of a supernode. */
export class PlayedLoad {
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  /** Ready when all have joined and uploaded. */
  static async start(to: PeerTarget, crowd: Crowd): Promise<PlayedLoad> {
    const load = new PlayedLoad(fork(ENTRY));
    await load.#ask({ type: 'join', to, crowd });
    return load;
  }

  async run(rates: Rates): Promise<LoadFigures> {
    const answer = await this.#ask({ type: 'run', ...rates });
    if (answer.type !== 'ran') throw new Error(`no figures but ${answer.type}`);
    return answer.figures;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }

  async #ask(request: LoadRequest): Promise<LoadAnswer> {
    this.#process.send(request);
    const ended = once(this.#process, 'exit').then(
      ([status]): LoadAnswer => ({ type: 'failed', why: `it ended with ${status}` }),
    );
    const [answer] = await Promise.race([once(this.#process, 'message'), ended.then((failed) => [failed])]);
    if (answer.type === 'failed') throw new Error(`the played peers: ${answer.why}`);
    return answer;
  }
}
