import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Program } from '../programs.ts';

/** nginx on 127.0.0.1 to 127.0.0.4 (aria2c counts connections by address), one server each, serving `root`. */
export async function startHttpServers(
  folder: string,
  root: string,
  port: number,
): Promise<{ urls: (name: string) => string[]; stop: () => Promise<void> }> {
  const hosts = [1, 2, 3, 4].map((last) => `127.0.0.${last}`);
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; user root; worker_processes 2;
events { worker_connections 256; }
http {
  access_log off; sendfile on; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
${hosts.map((host) => `  server { listen ${host}:${port}; root ${root}; }`).join('\n')}
}
`,
  );
  const nginx = new Program('nginx', ['-c', config, '-e', `${folder}/error.log`]);
  await Promise.all(hosts.map((host) => untilOpen(host, port)));
  return {
    urls: (name) => hosts.map((host) => `http://${host}:${port}/${name}`),
    stop: () => nginx.stop(),
  };
}

async function untilOpen(host: string, port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, host);
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing listens on ${host}:${port}`);
}
