const lock = require('../package-lock.json');

/** What the built program still loads from node_modules; everything else is in its bundles (electron.vite.config.ts). */
const LOADED = ['@napi-rs/xattr', 'better-sqlite3', 'fflate', 'file-type', 'image-size', 'music-metadata', 'unpdf'];

const at = (name) => lock.packages[`node_modules/${name}`];

function withDependencies(names, found = new Set()) {
  for (const name of names) {
    // Only what builds a binary needs it.
    if (name === 'node-addon-api') continue;
    if (found.has(name) || !at(name)) continue;
    found.add(name);
    withDependencies(Object.keys({ ...at(name).dependencies, ...at(name).optionalDependencies }), found);
  }
  return found;
}

const shipped = withDependencies(LOADED);
const installed = Object.keys(lock.packages)
  .filter((path) => path.startsWith('node_modules/') && !path.includes('/node_modules/'))
  .map((path) => path.slice('node_modules/'.length));

/** Patterns for electron-builder, which would take every dependency along. */
exports.leftOut = installed.filter((name) => !shipped.has(name)).map((name) => `!node_modules/${name}/**`);
