import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { blockCommand } from './block.ts';
import { browseCommand } from './browse.ts';
import { clearCommand } from './clear.ts';
import { demoCommand } from './demo.ts';
import {
  cancelCommand,
  discardCommand,
  moveCommand,
  pauseCommand,
  relocateCommand,
  resumeCommand,
  retryCommand,
} from './download-controls.ts';
import { downloadsCommand } from './downloads.ts';
import { exportCommand } from './export.ts';
import { getCommand } from './get.ts';
import { hashCommand } from './hash.ts';
import { historyCommand } from './history.ts';
import { identityCommand } from './identity.ts';
import { importCommand } from './import.ts';
import { limitCommand } from './limit.ts';
import { peerCommand } from './peer.ts';
import { savedCommand } from './saved.ts';
import { searchCommand } from './search.ts';
import { settingsCommand } from './settings.ts';
import { shareCommand } from './share.ts';
import { simulateCommand } from './simulate.ts';
import { statusCommand } from './status.ts';
import { stopCommand } from './stop.ts';
import { forgiveCommand, strikesCommand } from './strikes.ts';
import { supernodesCommand } from './supernodes.ts';
import { uploadsCommand } from './uploads.ts';
import { verdictCommand } from './verdict.ts';
import { votesCommand } from './votes.ts';
import { webCommand } from './web.ts';

/** All commands, in the order of the help. */
export const COMMAND_LIST: readonly ((session: Session) => Command)[] = [
  peerCommand,
  statusCommand,
  searchCommand,
  savedCommand,
  getCommand,
  downloadsCommand,
  uploadsCommand,
  limitCommand,
  historyCommand,
  verdictCommand,
  votesCommand,
  pauseCommand,
  resumeCommand,
  retryCommand,
  cancelCommand,
  discardCommand,
  moveCommand,
  relocateCommand,
  clearCommand,
  importCommand,
  exportCommand,
  shareCommand,
  blockCommand,
  strikesCommand,
  forgiveCommand,
  settingsCommand,
  identityCommand,
  supernodesCommand,
  browseCommand,
  webCommand,
  stopCommand,
  hashCommand,
  demoCommand,
  simulateCommand,
];
