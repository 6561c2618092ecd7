const { leftOut } = require('./shipped-packages.cjs');

/** What electron-builder makes of out/: `npm run package`. */

const both = (target) => ({ target, arch: ['x64', 'arm64'] });
const SQLITE = 'node_modules/better-sqlite3';
/** SQLite's binary for one system and the processor that is packed for, which electron-builder fills in. */
const binaryFor = (system) => {
  const prebuilds = `${SQLITE}/prebuilds`;
  return [{ from: prebuilds, to: prebuilds, filter: [`${system}-\${arch}.node`] }];
};

module.exports = {
  appId: 'io.github.shoal',
  productName: 'Shoal',
  copyright: 'MIT License',
  // A deb must name a page. There is none yet: RFC 2606 keeps this domain from ever being somebody's.
  extraMetadata: { homepage: 'https://shoal.example' },
  directories: { output: 'dist', buildResources: 'build' },
  files: [
    'package.json',
    'out/main/**',
    'out/preload/**',
    'out/renderer/**',
    'out/icons/**',
    '!**/*.map',
    ...leftOut,
    `!${SQLITE}/{src,deps,prebuilds}/**`,
  ],
  // What the program is made of (CycloneDX), for who has to know: build/sbom.ts.
  extraResources: [{ from: 'out/sbom.cdx.json', to: 'sbom.cdx.json' }],
  asar: true,
  // The loader of libraries reads no archives.
  asarUnpack: [`${SQLITE}/**`],
  // The binary fits Node and Electron alike.
  npmRebuild: false,
  afterPack: 'build/after-pack.cjs',
  electronLanguages: ['en-US', 'de', 'es', 'zh-CN', 'ar'],
  fileAssociations: [
    { ext: 'meta4', name: 'Metalink', description: 'List of files to download', mimeType: 'application/metalink4+xml' },
  ],
  protocols: [{ name: 'Magnet link', schemes: ['magnet'] }],
  linux: {
    files: binaryFor('linux'),
    target: [both('AppImage'), both('deb')],
    category: 'Network',
    synopsis: 'Search and share files without servers',
    maintainer: 'Shoal',
    icon: 'out/icons/icon-512.png',
    executableName: 'shoal',
  },
  mac: {
    files: binaryFor('darwin'),
    target: [both('dmg')],
    category: 'public.app-category.utilities',
    icon: 'out/icons/icon-512.png',
  },
  win: { files: binaryFor('win32'), target: [both('nsis')], icon: 'out/icons/icon-256.png' },
  nsis: {
    oneClick: false,
    perMachine: false,
    allowToChangeInstallationDirectory: true,
    // `protocols` above is not for Windows.
    include: 'build/magnet-links.nsh',
  },
  publish: null,
};
