import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** What the configuration of the installers says; none of Windows is made here. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const config = createRequire(import.meta.url)(join(ROOT, 'build/electron-builder.cjs'));

/** The lines of a macro of the installer of Windows; names of its own in angles. */
function macro(name: string): string[] {
  const script = readFileSync(join(ROOT, config.nsis.include), 'utf8');
  const body = new RegExp(`^!macro ${name}\\b.*\\n([^]*?)^!macroend`, 'm').exec(script)?.[1] ?? '';
  return body.split('\n').map((line) => line.trim().replaceAll(/\$\{(\w+)\}/g, '<$1>'));
}

/** What it registers under a key of its own, and what it takes for everybody only where nothing has it. */
function registered() {
  const lines = macro('customInstall');
  const [from, to] = [lines.findIndex((line) => line.startsWith('<If>')), lines.indexOf('<EndIf>')];
  return {
    always: [...lines.slice(0, from), ...lines.slice(to)],
    asked: lines[from - 1],
    ifFree: lines.slice(from, to),
  };
}

test('Windows offers Shoal for magnet links, and it takes them only where nothing opens them', () => {
  const { always, asked, ifFree } = registered();
  expect(always).toContain('!insertmacro registerMagnet "<MAGNET_CLASS>"');
  expect(always).toContain('WriteRegStr SHELL_CONTEXT "<CAPABILITIES>\\URLAssociations" "magnet" "<MAGNET_CLASS>"');
  expect(always).toContain('WriteRegStr SHELL_CONTEXT "Software\\RegisteredApplications" "Shoal" "<CAPABILITIES>"');
  expect(asked).toBe('ReadRegStr $0 HKCR "magnet\\shell\\open\\command" ""');
  expect(ifFree).toEqual(['<If> $0 == ""', '!insertmacro registerMagnet "magnet"']);
});

test('the uninstaller removes all of it, and of what opens magnet links only its own', () => {
  const lines = macro('customUnInstall');
  expect(lines).toEqual(
    expect.arrayContaining([
      'DeleteRegKey SHELL_CONTEXT "Software\\Classes\\<MAGNET_CLASS>"',
      'DeleteRegKey SHELL_CONTEXT "<CAPABILITIES>"',
      'DeleteRegValue SHELL_CONTEXT "Software\\RegisteredApplications" "Shoal"',
    ]),
  );
  const at = lines.indexOf("<If> $0 == '<MAGNET_COMMAND>'");
  expect(lines.slice(at, at + 3)).toEqual([
    "<If> $0 == '<MAGNET_COMMAND>'",
    'DeleteRegKey SHELL_CONTEXT "Software\\Classes\\magnet"',
    '<EndIf>',
  ]);
});
