import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { argv } from 'node:process';

/**
 * What a router at home runs beside masquerading, for the namespace of one: `router-daemon.ts PROTOCOL INSIDE OUTSIDE [SECONDS]` passes ports on
 * as PCP, NAT-PMP or UPnP IGD has it, with nftables, for SECONDS at most. It begins with no mapping. Prints a JSON line for each thing that it does.
 */
const [protocol = '', inside = '', outside = '', longest = '86400'] = argv.slice(2);
const SERVICE = 'urn:schemas-upnp-org:service:WANIPConnection:1';
const DEVICE = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1';

const say = (event: string, fields: object = {}) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);

function nft(rule: string): void {
  const { status, stderr } = spawnSync('nft', rule.split(' '), { encoding: 'utf8' });
  if (status !== 0) say('failed', { rule, stderr });
}

nft('add chain ip home in { type nat hook prerouting priority -100 ; }');
nft('flush chain ip home in');
const epochSeconds = () => Math.floor(performance.now() / 1000);
const granted = (seconds: number) => Math.min(seconds, Number(longest));

type Target = {
  readonly client: string;
  readonly internal: number;
  readonly external: number;
  readonly seconds: number;
};
const open = new Map<number, Target>();
const ends = new Map<number, NodeJS.Timeout>();

function change(target: Target, event = target.seconds > 0 ? 'mapped' : 'removed'): void {
  if (target.seconds > 0) {
    open.set(target.external, target);
    clearTimeout(ends.get(target.external));
    const expire = () => change({ ...target, seconds: 0 }, 'expired');
    ends.set(target.external, setTimeout(expire, granted(target.seconds) * 1000));
  } else
    for (const { external, internal, client } of open.values())
      if (internal === target.internal && client === target.client) {
        open.delete(external);
        clearTimeout(ends.get(external));
      }
  nft('flush chain ip home in');
  for (const { external, client, internal } of open.values()) {
    nft(`add rule ip home in ip daddr ${outside} tcp dport ${external} dnat to ${client}:${internal}`);
  }
  say(event, target);
}

/** Answers the requests of PCP and NAT-PMP, which share a port. */
function serveUdp(): void {
  const socket = createSocket('udp4');
  const parts = outside.split('.').map(Number);
  socket.on('message', (bytes, { address, port }) => {
    const reply = (answer: Uint8Array) => socket.send(answer, port, address);
    if (bytes[0] === 2 && protocol === 'pcp') {
      const answer = Buffer.from(bytes);
      answer[1] = 0x81;
      answer.writeUInt32BE(granted(bytes.readUInt32BE(4)), 4);
      answer.writeUInt32BE(epochSeconds(), 8);
      answer.set(parts, 56);
      change({
        client: address,
        internal: bytes.readUInt16BE(40),
        external: bytes.readUInt16BE(42),
        seconds: bytes.readUInt32BE(4),
      });
      reply(answer);
    } else if (bytes[0] === 2) reply(Uint8Array.of(0, 0x81, 0, 1, 0, 0, 0, 1));
    else if (bytes[1] === 0) {
      const answer = Buffer.from([0, 0x80, 0, 0, 0, 0, 0, 0, ...parts]);
      answer.writeUInt32BE(epochSeconds(), 4);
      reply(answer);
    } else if (bytes[1] === 2) {
      const [internal, seconds] = [bytes.readUInt16BE(4), bytes.readUInt32BE(8)];
      const external = bytes.readUInt16BE(6);
      change({ client: address, internal, external, seconds });
      const answer = Buffer.alloc(16);
      answer[1] = 0x82;
      answer.writeUInt32BE(epochSeconds(), 4);
      answer.writeUInt16BE(internal, 8);
      answer.writeUInt16BE(external, 10);
      answer.writeUInt32BE(granted(seconds), 12);
      reply(answer);
    }
  });
  socket.bind({ address: inside, port: 5351 }, () => say('ready'));
}

const textOf = (body: string, tag: string): string => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(body)?.[1] ?? '';
const envelope = (body: string) =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;

function answerOrder(body: string): string {
  const action = /<u:(\w+) /.exec(body)?.[1] ?? '';
  const external = Number(textOf(body, 'NewExternalPort'));
  if (action === 'AddPortMapping') {
    const [client, internal] = [textOf(body, 'NewInternalClient'), Number(textOf(body, 'NewInternalPort'))];
    change({ client, internal, external, seconds: Number(textOf(body, 'NewLeaseDuration')) });
  } else if (action === 'DeletePortMapping') {
    const target = open.get(external);
    if (target) change({ ...target, seconds: 0 });
  }
  const values = action === 'GetExternalIPAddress' ? `<NewExternalIPAddress>${outside}</NewExternalIPAddress>` : '';
  return envelope(`<u:${action}Response xmlns:u="${SERVICE}">${values}</u:${action}Response>`);
}

function serveUpnp(): void {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => {
      body += bytes;
    });
    request.on('end', () => {
      response.setHeader('content-type', 'text/xml');
      const service = `<service><serviceType>${SERVICE}</serviceType><controlURL>/control</controlURL></service>`;
      if (request.method === 'POST') response.end(answerOrder(body));
      else
        response.end(
          `<root><device><deviceType>${DEVICE}</deviceType><serviceList>${service}</serviceList></device></root>`,
        );
    });
  });
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (bytes, { address, port }) => {
    if (!bytes.toString().includes(DEVICE)) return;
    // Another port after each start, as many routers have it.
    const { port: httpPort } = server.address() as AddressInfo;
    const location = `http://${inside}:${httpPort}/root.xml`;
    socket.send(
      `HTTP/1.1 200 OK\r\nST: ${DEVICE}\r\nLOCATION: ${location}\r\nUSN: uuid:1::${DEVICE}\r\n\r\n`,
      port,
      address,
    );
  });
  socket.bind(1900, () => {
    socket.addMembership('239.255.255.250', inside);
    server.listen(0, inside, () => say('ready'));
  });
}

if (protocol === 'upnp') serveUpnp();
else serveUdp();
