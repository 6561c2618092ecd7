import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import { errnoOf } from '../file-errors.ts';

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  EHOSTDOWN: 'that host is down',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name cannot be resolved now',
  EADDRNOTAVAIL: 'the address that this peer is bound to is gone',
  EINVAL: 'that address does not belong to the network that this peer is bound to',
  EACCES: 'the system does not allow it',
  EPERM: 'the system does not allow it',
  ENETDOWN: 'the network of this machine is down',
};
/** Nothing was sent, whoever it was meant for. */
const NOT_TRIED: Readonly<Record<string, string>> = {
  EMFILE: 'too many connections are open',
  ENFILE: 'too many connections are open',
  ENOBUFS: 'the system has no memory for another connection',
};
const CLOSED = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);

/** A failure of node:net, node:tls, node:https or undici on a link to `address` as peer.*. */
export function toPeerError(thrown: unknown, address: PeerAddress): AppError {
  if (thrown instanceof AppError) return thrown;
  const text = formatAddress(address);
  const code = errnoOf(thrown) ?? '';
  const options = { cause: thrown };
  if (code === 'ETIMEDOUT') return new AppError('peer.timeout', { address: text }, options);
  if (CLOSED.has(code)) return new AppError('peer.closed', { address: text }, options);
  const why = UNREACHABLE[code];
  if (why !== undefined) return new AppError('peer.unreachable', { address: text, why }, options);
  const whyNot = NOT_TRIED[code];
  if (whyNot !== undefined) return new AppError('peer.dial-limited', { address: text, why: whyNot }, options);
  // What is left comes from the TLS or HTTP library: the other side said something that it does not accept.
  return new AppError(
    'peer.protocol',
    { address: text, why: thrown instanceof Error ? thrown.message : code },
    options,
  );
}

/** The same before the handshake is over: who speaks no TLS as peers do is none, and its words are no answer of the peer that was meant. */
export function toDialError(thrown: unknown, address: PeerAddress): AppError {
  const error = toPeerError(thrown, address);
  if (thrown instanceof AppError || error.code !== 'peer.protocol') return error;
  const why = 'something else answers there';
  return new AppError('peer.unreachable', { address: formatAddress(address), why }, { cause: thrown });
}
