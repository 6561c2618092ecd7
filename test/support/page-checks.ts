import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Kept as output of the tests, not in the repository. */
const SCREENSHOTS = join(import.meta.dirname, '../../out/screenshots');

type Violation = { readonly id: string; readonly help: string; readonly nodes: readonly { readonly html: string }[] };
type Axe = { run(context: Document, options: object): Promise<{ readonly violations: readonly Violation[] }> };

/** Fails with what axe-core finds against WCAG 2.2 A and AA and its own best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(untilStill);
  // By the debugger: the page's policy would not let it in as a script.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const page = window as unknown as { axe: Axe };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const result = await page.axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return result.violations.map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`,
    );
  });
  expect(violations).toEqual([]);
}

/** Colours that are on their way from one theme to the other have no contrast that counts. */
async function untilStill(): Promise<void> {
  const ending = document
    .getAnimations()
    .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
  await Promise.allSettled(ending.map(({ finished }) => finished));
}

/** Keeps what the page looks like now as `out/screenshots/NAME.png`. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
