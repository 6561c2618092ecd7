// Runs at the start of every document: in the page's world as contextBridge's far side, in the isolated world around the preload script.
// Worlds share no objects, so everything between them goes as text of events of the window.

/** Carries calls between two worlds; functions cross by number, everything else as JSON. `own` and `other` name the events. */
function membrane(own, other, onExpose) {
  const functions = [];
  const answers = new Map();
  const waiting = new Map();
  let calls = 0;
  const post = (message) => window.dispatchEvent(new CustomEvent(other, { detail: JSON.stringify(message) }));
  const encodeObject = (value) => Object.fromEntries(Object.entries(value).map(([key, one]) => [key, encode(one)]));
  const encode = (value) => {
    if (typeof value === 'function') return { call: functions.push(value) - 1 };
    // As Electron does: of an error only the message crosses.
    if (value instanceof Error) return { error: value.message };
    if (Array.isArray(value)) return { list: value.map(encode) };
    return value !== null && typeof value === 'object' ? { object: encodeObject(value) } : { value };
  };
  const decode = (coded) => {
    if ('call' in coded) return (...input) => call(coded.call, input);
    if ('error' in coded) return new Error(coded.error);
    if ('list' in coded) return coded.list.map(decode);
    if (!('object' in coded)) return coded.value;
    return Object.freeze(Object.fromEntries(Object.entries(coded.object).map(([key, one]) => [key, decode(one)])));
  };
  const call = (number, input) => {
    calls += 1;
    const id = calls;
    post({ kind: 'call', id, number, input: input.map(encode) });
    const answer = answers.get(id);
    answers.delete(id);
    if (answer.kind === 'promise') return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    if (answer.kind === 'throw') throw decode(answer.coded);
    return decode(answer.coded);
  };
  const run = ({ id, number, input }) => {
    try {
      const value = functions[number](...input.map(decode));
      if (typeof value?.then !== 'function') return { kind: 'return', id, coded: encode(value) };
      value.then(
        (result) => post({ kind: 'resolve', id, coded: encode(result) }),
        (error) => post({ kind: 'reject', id, coded: encode(error) }),
      );
      return { kind: 'promise', id };
    } catch (error) {
      return { kind: 'throw', id, coded: encode(error) };
    }
  };
  window.addEventListener(own, (event) => {
    const message = JSON.parse(event.detail);
    if (message.kind === 'call') post(run(message));
    else if (message.kind === 'expose') onExpose(message.key, decode(message.coded));
    else if (waiting.has(message.id)) {
      waiting.get(message.id)[message.kind](decode(message.coded));
      waiting.delete(message.id);
    } else answers.set(message.id, message);
  });
  return { expose: (key, value) => post({ kind: 'expose', key, coded: encode(value) }) };
}

// biome-ignore lint/correctness/noUnusedVariables: called by the script that windows.ts makes of this file
function startPageWorld() {
  membrane('double:to-page', 'double:to-preload', (key, value) =>
    Object.defineProperty(window, key, { value, enumerable: true }),
  );
}

// biome-ignore lint/correctness/noUnusedVariables: the same
function startPreloadWorld(runPreload, argv, platform) {
  const send = globalThis.doubleSend;
  const waiting = new Map();
  const listeners = new Map();
  let sent = 0;
  const invoke = (channel, ...input) => {
    sent += 1;
    send(JSON.stringify({ id: sent, channel, input }));
    return new Promise((resolve, reject) => waiting.set(sent, { resolve, reject }));
  };
  globalThis.doubleReceive = ({ id, value, error, channel, input }) => {
    if (channel !== undefined) for (const listener of listeners.get(channel) ?? []) listener({}, ...input);
    else if (error === undefined) waiting.get(id).resolve(value);
    else waiting.get(id).reject(new Error(error));
  };
  // For tests of what a frame may do that Electron gives no preload script.
  globalThis.doubleInvoke = invoke;
  if (window !== window.top) return;
  const bridge = membrane('double:to-preload', 'double:to-page', () => undefined);
  const electron = {
    contextBridge: { exposeInMainWorld: bridge.expose },
    ipcRenderer: {
      invoke,
      on: (channel, listener) => listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener)),
      off: (channel, listener) => listeners.get(channel)?.delete(listener),
    },
    webUtils: { getPathForFile: () => '' },
  };
  const require = (name) => {
    if (name !== 'electron') throw new Error(`a sandboxed preload script cannot load ${name}`);
    return electron;
  };
  runPreload(require, { argv, platform });
}
