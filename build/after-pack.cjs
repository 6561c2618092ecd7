const { cpSync } = require('node:fs');
const { join } = require('node:path');
const { flipFuses } = require('./fuses.cjs');

/** electron-builder's hook after packing, before signing. */
exports.default = async function afterPack(context) {
  copyCommandLine(context);
  await flipFuses(context);
};

/** The command line as files, for a Node of the system (docs/adr/0017): as extraResources they would be missing from the archive. */
function copyCommandLine({ appOutDir, packager }) {
  const root = join(__dirname, '..');
  const target = join(packager.getResourcesDir(appOutDir), 'command-line');
  for (const path of ['build/shoal.js', 'build/simulation-flags.js', 'out/main', 'package.json']) {
    cpSync(join(root, path), join(target, path), {
      recursive: true,
      filter: (source) => source !== join(root, 'out/main/main.js'),
    });
  }
}
