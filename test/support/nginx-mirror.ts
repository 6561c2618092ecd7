import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { until } from './live-peer.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { close, listen } from './web-world.ts';

/** nginx on 127.0.0.1, a web server as mirrors run it. */
export class NginxMirror {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(port: number, process: ChildProcess) {
    this.port = port;
    this.#process = process;
  }

  /** Serves these files until the test ends; `rate`, bytes a second of one connection, 0 = as fast as it can. `more`: further lines of its server. */
  static async start(files: Readonly<Record<string, Uint8Array>>, rate = 0, more = ''): Promise<NginxMirror> {
    const folder = await temporaryFolder();
    const root = join(folder, 'root');
    await mkdir(root);
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(root, name), bytes);
    const probe = createServer();
    const port = await listen(probe);
    await close(probe);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    await writeFile(
      join(folder, 'nginx.conf'),
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
${userInfo().uid === 0 ? 'user root;' : ''}
events { worker_connections 64; }
http {
  access_log off; limit_rate ${rate}; default_type application/octet-stream;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; root ${root}; ${more} }
}
`,
    );
    const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
      stdio: 'ignore',
    });
    const mirror = new NginxMirror(port, nginx);
    onTestFinished(() => mirror.kill());
    await until('nginx listens', () => isOpen(port));
    return mirror;
  }

  url(name: string): string {
    return `http://127.0.0.1:${this.port}/${name}`;
  }

  /** Ends it at once, if it still runs. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
