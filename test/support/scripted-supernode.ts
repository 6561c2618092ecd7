import type { NodeId } from '../../src-main/contract/ids.ts';
import type { SessionLink } from '../../src-main/engine/ports/index.ts';
import type { SupernodeEntry } from '../../src-main/engine/wire/messages/supernode-entry.ts';
import type { OverlayWorld } from './overlay-world.ts';

const EMPTY = { session: '', epoch: '', holding: { files: 0, digest: '' }, seen: '', alone: false };

export type ScriptedLink = {
  /** What the other side wants to be: `leaf`, `standby`. */
  readonly role: string;
  readonly send: (message: object) => void;
  readonly welcome: (accepted: boolean, others?: readonly SupernodeEntry[]) => void;
  readonly close: SessionLink['close'];
};

/** Says that it is a supernode with much room, knows nobody, and does what the test says with each hello. */
export async function scriptedSupernode(
  world: OverlayWorld,
  { host, nodeId }: { readonly host: string; readonly nodeId: NodeId },
  greeted: (link: ScriptedLink) => void,
): Promise<void> {
  const about = { version: '1.0', node: nodeId, role: 'supernode', children: 1, capacity: 9, uptimeSeconds: 1 };
  const answer = (body: object) => ({ status: 200, body: new TextEncoder().encode(JSON.stringify(body)) });
  await world.network.join(host, nodeId).links.listen(
    { host, port: 1214 },
    {
      request: async ({ path }) => {
        // An index that is full: nobody leaves for that.
        if (path.startsWith('/children/')) return { status: 413 };
        return answer(path === '/about' ? about : { about, supernodes: [] });
      },
      session: (link) => {
        const send = (message: object) => link.send(JSON.stringify(message));
        const welcome: ScriptedLink['welcome'] = (accepted, others = []) =>
          send({ ...about, ...EMPTY, type: 'welcome', accepted, others });
        const close: SessionLink['close'] = (...how) => link.close(...how);
        link.receive(
          (text) => {
            const { type, role } = JSON.parse(text ?? '{}');
            if (type === 'hello') greeted({ role, send, welcome, close });
          },
          () => undefined,
        );
      },
      accepts: () => true,
      misbehaved: () => undefined,
    },
  );
}
