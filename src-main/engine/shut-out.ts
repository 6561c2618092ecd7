import { AppError } from '../contract/errors.ts';
import type { NodeId } from '../contract/ids.ts';

/** Why a peer is not spoken to now: the user blocks it by this rule, or it is banned for what it did. `untilMs`: of the monotonic clock. */
export type Shut =
  | { readonly code: 'peer.blocked'; readonly rule: string; readonly untilMs: number }
  | { readonly code: 'peer.banned'; readonly untilMs: number };

/** As far as is known of it. Shut out is who has no address left that is not: anybody may say that somebody is at an address besides. */
export type Approached = { readonly nodeId?: NodeId | undefined; readonly hosts: readonly string[] };
export type WhyShut = (peer: Approached) => Shut | undefined;

export function shutError(shut: Shut, address: string): AppError {
  return shut.code === 'peer.blocked'
    ? new AppError('peer.blocked', { address, rule: shut.rule })
    : new AppError('peer.banned', { address });
}
