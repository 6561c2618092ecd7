import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { About } from '../wire/about.ts';
import type { Hello } from '../wire/messages/hello.ts';
import type { Welcome } from '../wire/messages/welcome.ts';
import { PROTOCOL_VERSION } from '../wire/version.ts';

/** Longest displayed name (protocol section 5). */
const NAME_LENGTH = 32;
/** Addresses of one peer (protocol section 4). */
const ADDRESSES = 4;
/** Supernodes named in a welcome: enough to find a place. */
const OTHERS = 20;

/** What this peer is now, as it tells others. */
export type SelfView = {
  readonly nodeId: NodeId;
  readonly settings: () => Settings;
  readonly listen: () => readonly PeerAddress[];
  /** Where a host can connect to this peer, if not where it listens; the same again when that was told and may have changed. */
  readonly portTowards: (host: string) => number | undefined;
  readonly newPortTowards: (host: string) => number | undefined;
  readonly totals: () => { readonly files: number; readonly bytes: number };
  readonly role: () => 'leaf' | 'supernode';
  /** A supernode only because it found no other. */
  readonly isAlone: () => boolean;
  readonly children: () => number;
  /** Children that it takes now; 0 for a leaf. */
  readonly capacity: () => number;
  readonly uptimeSeconds: () => number;
};

export function toAbout(self: SelfView): About {
  return {
    version: PROTOCOL_VERSION,
    node: self.nodeId,
    role: self.role(),
    ...displayedName(self),
    children: self.children(),
    capacity: self.capacity(),
    uptimeSeconds: self.uptimeSeconds(),
  };
}

/** The hello of a link with the given role to a supernode at `host`. */
export function toHello(self: SelfView, role: Hello['role'], host: string): Hello {
  const asSupernode = {
    children: self.children(),
    capacity: self.capacity(),
    uptimeSeconds: self.uptimeSeconds(),
    alone: self.isAlone(),
  };
  return {
    type: 'hello',
    version: PROTOCOL_VERSION,
    role,
    listen: self
      .listen()
      .slice(0, ADDRESSES)
      .map((address) => ({ ...address, port: self.portTowards(host) ?? address.port })),
    ...displayedName(self),
    ...self.totals(),
    ...(role === 'supernode' && asSupernode),
  };
}

/** The answer to a hello; `others` are worth trying. */
export function toWelcome(
  self: SelfView,
  to: { readonly nodeId: NodeId; readonly address: PeerAddress },
  answer: Pick<Welcome, 'accepted' | 'others'> & Partial<Pick<Welcome, 'session' | 'epoch' | 'holding'>>,
): Welcome {
  return {
    session: '',
    epoch: '',
    holding: { files: 0, digest: '' },
    ...answer,
    type: 'welcome',
    version: PROTOCOL_VERSION,
    seen: formatAddress(to.address),
    children: self.children(),
    capacity: self.capacity(),
    uptimeSeconds: self.uptimeSeconds(),
    alone: self.isAlone(),
    others: answer.others.filter(({ nodeId }) => nodeId !== to.nodeId).slice(0, OTHERS),
  };
}

function displayedName(self: SelfView): { readonly name?: string } {
  const name = self.settings()['peer.name'].slice(0, NAME_LENGTH);
  return name === '' ? {} : { name };
}
