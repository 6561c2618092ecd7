import { type PeerTarget, parseTarget } from '../contract/address.ts';

/** What `resources/supernodes.json` holds: invitations of supernodes to try when nobody else is known. May be empty. */
export type SupernodeList = { readonly version: number; readonly supernodes: readonly string[] };

/** The targets of the list; a bad entry is a mistake of packaging and fails. */
export function readSupernodeList({ version, supernodes }: SupernodeList): readonly PeerTarget[] {
  if (version !== 1) throw new Error(`the list of supernodes has version ${version}`);
  return supernodes.map((text) => {
    const target = parseTarget(text);
    if (!target) throw new Error(`the list of supernodes has an entry that is no address: ${text}`);
    return target;
  });
}
