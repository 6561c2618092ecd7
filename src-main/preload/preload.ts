import { contextBridge, type IpcRendererEvent, ipcRenderer, webUtils } from 'electron';
import { COMMANDS, EVENT_NAMES, QUERIES } from '../contract/api.ts';
import type { ShoalBridge } from '../contract/bridge.ts';
import { AppError } from '../contract/errors.ts';
import type { FaceAnswer, FaceEvents } from '../contract/requests.ts';
import { SHELL_NAMES, type ShellFunctions, type ShellName, toFunctionName } from '../contract/shell.ts';
import { CHANNELS, VERSION_ARGUMENT } from './channels.ts';

/** All that the page gets from outside its sandbox: names of the contract, nothing else. */

const EVENTS: ReadonlySet<string> = new Set(EVENT_NAMES);
const isKnown: Readonly<Record<string, (name: string) => boolean>> = {
  command: (name) => Object.hasOwn(COMMANDS, name),
  query: (name) => Object.hasOwn(QUERIES, name),
  on: (name) => EVENTS.has(name),
  off: (name) => EVENTS.has(name),
};

async function request(message: unknown): Promise<FaceAnswer> {
  const { id, kind, name, input } = (message ?? {}) as Record<string, unknown>;
  const isOne = typeof kind === 'string' && Object.hasOwn(isKnown, kind) && isKnown[kind]?.(String(name));
  if (isOne) return ipcRenderer.invoke(CHANNELS.request, { id, kind, name, input });
  const error = new AppError('input.invalid', { what: 'request', why: 'no such command, query or event' });
  return { id: typeof id === 'number' ? id : null, ok: false, error: error.toValue() };
}

function onEvents(listener: (message: FaceEvents) => void): () => void {
  const heard = (_event: IpcRendererEvent, message: FaceEvents) => listener(message);
  ipcRenderer.on(CHANNELS.events, heard);
  return () => void ipcRenderer.off(CHANNELS.events, heard);
}

/** Rejects with a plain ErrorValue: of an Error only the message would reach the page. */
async function callShell(name: ShellName, input: unknown): Promise<unknown> {
  const answer: FaceAnswer = await ipcRenderer.invoke(CHANNELS.shell, { name, input: input ?? {} });
  if (!answer.ok) throw answer.error;
  return answer.value;
}

const shell = Object.fromEntries(
  SHELL_NAMES.map((name) => [toFunctionName(name), (input?: unknown) => callShell(name, input)]),
) as ShellFunctions;

const bridge: ShoalBridge = {
  version: process.argv.find((argument) => argument.startsWith(VERSION_ARGUMENT))?.slice(VERSION_ARGUMENT.length) ?? '',
  request,
  onEvents,
  shell: {
    ...shell,
    platform: process.platform,
    pathOfDropped: (file) => webUtils.getPathForFile(file as File),
  },
};

contextBridge.exposeInMainWorld('shoal', bridge);
