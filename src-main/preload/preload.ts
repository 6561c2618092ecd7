import { contextBridge } from 'electron';

const PREFIX = '--shoal-version=';

/** All that the page gets from outside its sandbox. */
const bridge = {
  version: process.argv.find((argument) => argument.startsWith(PREFIX))?.slice(PREFIX.length) ?? '',
};

contextBridge.exposeInMainWorld('shoal', bridge);
