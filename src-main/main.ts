import { app } from 'electron';
import { runApplication } from './app/application.ts';
import { passOverClosedPipes } from './headless/process-host.ts';
import { builtPath, openPlatform, readBuiltInSupernodes } from './peer-platform.ts';
import { widenThreadPool } from './platform/thread-pool.ts';

/** The composition root of the application: it wires and decides nothing. */

passOverClosedPipes();
widenThreadPool();
runApplication({
  version: app.getVersion(),
  // Unpacked, the folder of the application comes before the words.
  started: { words: process.argv.slice(app.isPackaged ? 1 : 2), workingFolder: process.cwd() },
  openPlatform,
  builtInSupernodes: readBuiltInSupernodes(),
  pageFolder: builtPath('renderer/'),
  iconFolder: builtPath('icons/'),
  preload: builtPath('preload/preload.cjs'),
  pageLanguage: (settings) => settings['page.language'],
  addList: (api, xml) => api.command('list.import', { xml }),
});
