/** The dependency rule of docs/architecture.md, as a check that fails the build. */
const main = (folder) => `^src-main/${folder}`;
const rule = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });
const nodeCore = { dependencyTypes: ['core'] };

module.exports = {
  forbidden: [
    rule('no-cycles', {}, { circular: true }, 'Siblings depend downwards only.'),
    rule(
      'contract-alone',
      { path: main('contract/') },
      { path: '^src-', pathNot: main('contract/') },
      'The contract depends on nothing of ours.',
    ),
    rule(
      'contract-libraries',
      { path: main('contract/') },
      { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: 'node_modules/zod/' },
      'The contract uses zod only.',
    ),
    rule(
      'engine-base',
      { path: main('engine/(ports|content|wire)/') },
      { path: '^src-', pathNot: [main('contract/'), main('engine/(ports|content|wire)/')] },
      'ports, wire and content see the contract and each other.',
    ),
    rule(
      'engine-neutral',
      { path: main('engine/') },
      { path: '^src-', pathNot: [main('contract/'), main('engine/')] },
      'The engine sees contract and engine only.',
    ),
    rule('engine-no-host', { path: main('engine/') }, nodeCore, 'The engine is host-neutral: Node lives in platform.'),
    rule(
      'engine-libraries',
      { path: main('engine/') },
      { dependencyTypes: ['npm', 'npm-dev'], pathNot: 'node_modules/(zod|fast-xml-parser|fflate)/' },
      'Libraries of the engine: pure ones, listed here.',
    ),
    rule(
      'engine-order-low',
      { path: main('engine/(trust|store)/') },
      { path: main('engine/(votes|overlay|supernode|search|download|media|upload|library|nat)/') },
      'trust and store are below the rest.',
    ),
    rule(
      'engine-order-votes',
      { path: main('engine/votes/') },
      { path: main('engine/(overlay|supernode|search|download|media|upload|library|nat|saved|traffic)/') },
      'votes are carried by the overlay and asked for where engine.ts says; they know neither.',
    ),
    rule(
      'engine-order-votes-seen',
      { path: main('engine/(overlay|supernode|search|download|media|upload|library|nat)/') },
      { path: main('engine/votes/') },
      'The overlay carries votes and understands none; nothing else is told of them but through engine.ts.',
    ),
    rule(
      'engine-order-transfer',
      { path: main('engine/(upload|library)/') },
      { path: main('engine/(overlay|supernode|search|download|media|nat)/') },
      'library and upload know nothing of the overlay or of downloads.',
    ),
    rule(
      'engine-order-nat',
      { path: main('engine/nat/') },
      { path: main('engine/(overlay|supernode|search|download|media|upload|library|saved|traffic)/') },
      'nat is told by the overlay whom to ask.',
    ),
    rule(
      'engine-order-download',
      { path: main('engine/download/') },
      { path: main('engine/(overlay|supernode|search|media|upload|nat)/') },
      'Downloads get sources through what engine.ts gives them.',
    ),
    rule(
      'engine-order-saved',
      { path: main('engine/(trust|store|library|upload|download|search|supernode|overlay|wire|content|ports)/') },
      { path: main('engine/(saved|traffic|limits)/') },
      'Saved searches, the traffic count and what makes the limits are above the rest: nothing below knows them.',
    ),
    rule(
      'engine-order-limits-sees',
      { path: main('engine/limits/') },
      {
        path: main(
          'engine/(overlay|supernode|search|download|media|upload|library|saved|store|trust|traffic|nat|wire|content)/',
        ),
      },
      'The limits hand out settings, and are told what the line takes.',
    ),
    rule(
      'engine-order-saved-sees',
      { path: main('engine/saved/') },
      { path: main('engine/(overlay|supernode|download|upload|library|trust|traffic|nat)/') },
      'Saved searches get their search through what engine.ts gives them.',
    ),
    rule(
      'engine-by-its-door',
      { path: main('(app|headless|preload|demo)/') },
      { path: main('engine/'), pathNot: main('engine/(engine\\.ts|ports/)') },
      'Faces use the engine through engine.ts.',
    ),
    rule(
      'platform-by-roots',
      { path: '^src-main/', pathNot: [main('platform/'), main('simulator/'), main('(cli|main|peer-platform)\\.ts$')] },
      { path: main('platform/') },
      'Faces get the platform from cli.ts and main.ts, which share peer-platform.ts.',
    ),
    rule(
      'shell-uses-headless-peer',
      { path: main('app/') },
      {
        path: main('(headless|demo)/'),
        pathNot: main('headless/(open-peer|control-server|arguments|default-folders|format|host)\\.ts$'),
      },
      'The application runs the same peer as `shoal peer`, and nothing else of the command line: docs/adr/0017.',
    ),
    rule(
      'shell-above-headless',
      { path: main('(headless|face|demo)/') },
      { path: main('(app|preload)/') },
      'Whatever runs without a window knows nothing of windows.',
    ),
    rule(
      'preload-sees',
      { path: main('preload/') },
      { path: '^src-main/', pathNot: main('(contract|preload)/') },
      'The preload script is bundled into a sandbox: the contract and nothing else.',
    ),
    rule(
      'platform',
      { path: main('platform/'), pathNot: main('platform/workers/') },
      { path: '^src-main/', pathNot: [main('contract/'), main('platform/'), main('engine/(ports|wire|content)/')] },
      'platform implements ports.',
    ),
    rule(
      'platform-workers',
      { path: main('platform/workers/') },
      {
        path: '^src-main/',
        pathNot: [main('contract/'), main('platform/'), main('engine/(ports|wire|content|supernode|store|search)/')],
      },
      'A worker entry is the composition root of its thread: it may run the index.',
    ),
    rule(
      'electron-shell-only',
      { pathNot: main('(app/|preload/|main\\.ts$)') },
      { path: 'node_modules/electron/' },
      'electron only in app, preload and main.ts.',
    ),
    rule(
      'sockets-files-native',
      { path: '^src-main/', pathNot: main('(platform|headless|simulator|app|demo)/|^src-main/(cli|main)\\.ts$') },
      { path: 'node_modules/(@napi-rs/xattr|better-sqlite3|ws|undici|chokidar|pino|dns-packet)/' },
      'Sockets, files and native modules in platform.',
    ),
    rule(
      'simulator-and-demo',
      { pathNot: main('(simulator/|demo/|cli\\.ts$)|^test/') },
      { path: main('(simulator|demo)/') },
      'Only cli.ts and tests use the simulator and the demo.',
    ),
    rule(
      'simulator-sees',
      { path: main('simulator/') },
      {
        path: '^src-main/',
        pathNot: [
          main('simulator/'),
          main('contract/'),
          main(
            'engine/(engine\\.ts|ports/|content/|supernode/leaf-index\\.ts|store/|wire/(shares-page|metalink|files-batch|holding-digest|session-message|about|web-answer|messages/[a-z-]+)\\.ts)',
          ),
          main('platform/(sqlite/|descriptors/(content|passive)-type\\.ts|node-sha256\\.ts|unpack-gzip\\.ts)'),
        ],
      },
      'The simulator sees the engine by its door and the ports, runs on its own what the worker threads run, and forges messages.',
    ),
    rule(
      'demo-sees',
      { path: main('demo/') },
      { path: '^src-main/', pathNot: [main('demo/'), main('contract/'), main('engine/(engine\\.ts|ports/)')] },
      'The demo gets everything else from cli.ts.',
    ),
    rule(
      'renderer-sees-contract',
      { path: '^src-renderer/' },
      { path: '^src-main/', pathNot: main('contract/') },
      'The renderer sees the contract only.',
    ),
    rule(
      'no-orphan-dev',
      { path: '^src-main/' },
      { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/electron/' },
      'Shipped code uses shipped dependencies.',
    ),
    rule(
      'renderer-libraries',
      { path: '^src-renderer/' },
      {
        dependencyTypes: ['npm', 'npm-dev'],
        pathNot:
          'node_modules/(@?vue[^/]*|@vueuse/core|@mdi/js|@fontsource-variable/inter|pinia|uplot|vite|vuetify|zod)/',
      },
      'Libraries of the page: its build bundles them; listed here.',
    ),
    rule(
      'renderer-by-its-api',
      { path: '^src-renderer/(?!api/)' },
      { path: '^src-renderer/api/', pathNot: '^src-renderer/api/(index|page-api)\\.ts$' },
      'Only api/ knows whether the page is in a window or in a browser.',
    ),
    rule(
      'renderer-features-apart',
      { path: '^src-renderer/features/([^/]+)/' },
      { path: '^src-renderer/features/', pathNot: '^src-renderer/features/$1/' },
      'Features know what they share, never each other.',
    ),
    rule(
      'renderer-order',
      { path: '^src-renderer/(api|stores|composables|ui|i18n)/' },
      { path: '^src-renderer/features/' },
      'What is shared knows nothing of the features.',
    ),
    rule('unresolvable', {}, { couldNotResolve: true }, 'Every import resolves.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    tsConfig: { fileName: 'src-main/tsconfig.json' },
  },
};
