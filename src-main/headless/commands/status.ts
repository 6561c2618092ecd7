import type { Command } from 'commander';
import { shortId } from '../../contract/ids.ts';
import type { LimitView } from '../../contract/limits.ts';
import type { StatusView } from '../../contract/outputs.ts';
import {
  formatBytes,
  formatColumns,
  formatCount,
  formatRate,
  formatSeconds,
  safeText,
  WORLDS_WORDS,
} from '../format.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'status',
  summary: 'Show what the running peer is and does.',
  examples: ['status', 'status --json'],
};

export const statusCommand = (session: Session): Command =>
  makeCommand(SPEC).action((_options, command: Command) =>
    withPeer(session, command, async ({ peer, out }) => {
      const status = await peer.query('status', {});
      out.answer(status, () => toLines(status));
    }),
  );

/** `none`: no router of this network passes ports on. */
function toMapping({ state, protocol, host, port, router }: StatusView['reach']['mapping']): string {
  return state === 'mapped' ? `${host ?? 'unknown address'}, port ${port}, by ${protocol} of ${router}` : state;
}

function toLines(status: StatusView): string[] {
  const { parent } = status;
  const missing = status.election.filter(({ holds }) => !holds).map(({ name }) => name);
  return formatColumns([
    ['node', status.node],
    ...(status.nextNode === null ? [] : [['from the next start', status.nextNode]]),
    ...(status.name === '' ? [] : [['name', safeText(status.name)]]),
    ['listening on', status.listen],
    ...status.invitations.map((invitation) => ['invitation', invitation]),
    ['running for', formatSeconds(status.uptimeMs / 1000)],
    ['role', status.role],
    ['parent', parent ? `${shortId(parent.node)} at ${parent.address}, ${Math.round(parent.rttMs)} ms` : 'none'],
    ['children', String(status.children)],
    ['neighbours', String(status.neighbours)],
    ['shared', `${formatCount(status.files, 'file')}, ${formatBytes(status.bytes)}`],
    ['downloads', `${status.downloads}, ${formatRate(status.downRate)}`],
    ['uploads', `${status.uploads}, ${formatRate(status.upRate)}`],
    ['upload slots', slotWords(status)],
    ['limits', limitWords(status)],
    ['reachability', status.reachability],
    ['port in the router', toMapping(status.reach.mapping)],
    ['networks', WORLDS_WORDS[status.worlds]],
    ['carried for others', relayWords(status)],
    ['could be a supernode', missing.length === 0 ? 'yes' : `no, for want of: ${missing.join(', ')}`],
  ]);
}

function slotWords({ uploadSlots: { slots, used, waiting, isAutomatic } }: StatusView): string {
  return `${used} of ${slots} in use${isAutomatic ? ' (automatic)' : ''}, ${waiting} waiting`;
}

function limitWords({ limits: { up, down, next } }: StatusView): string {
  const both = (of: { readonly up: LimitView; readonly down: LimitView }) => `up ${one(of.up)}, down ${one(of.down)}`;
  const then = next === null ? '' : `; in ${formatSeconds(next.inMs / 1000)}: ${both(next)}`;
  return `${both({ up, down })}${then}`;
}

function relayWords({ relay: { isVolunteer, pairs, bytes, dayBytes, perDay } }: StatusView): string {
  if (!isVolunteer && bytes === 0) return 'nothing (relay.volunteer is off)';
  return `${formatBytes(bytes)}, in 24 h ${formatBytes(dayBytes)} of at most ${formatBytes(perDay)}, ${pairs} pairs now`;
}

const LIMIT_WORDS: Readonly<Record<LimitView['why'], string>> = {
  none: 'no limit',
  setting: '',
  schedule: ' (schedule)',
  line: ' (share of the line)',
  quiet: ' (quiet)',
  paused: 'paused',
  'schedule-pause': 'paused (schedule)',
};
const one = ({ rate, why }: LimitView): string =>
  rate > 0 ? `${formatRate(rate)}${LIMIT_WORDS[why]}` : why === 'schedule' ? 'no limit (schedule)' : LIMIT_WORDS[why];
