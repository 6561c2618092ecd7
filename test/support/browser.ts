import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** Debian's; another by the environment. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--force-color-profile=srgb'];

/** A real browser without a window; whoever opens it closes it. */
export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });

/** What no page of ours may do, counted while it is open. */
export class PageWatch {
  /** Breaches of the content security policy, errors of scripts, and requests to elsewhere. */
  readonly faults: string[] = [];

  private constructor() {}

  /** Must be called before the page opens its first address. */
  static async of(page: Page, origin: string): Promise<PageWatch> {
    const watch = new PageWatch();
    await page.exposeFunction('reportViolation', (text: string) => watch.faults.push(`policy: ${text}`));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
        const report = (window as unknown as { reportViolation: (text: string) => void }).reportViolation;
        report(`${violatedDirective} ${blockedURI} ${sourceFile}`);
      });
    });
    page.on('pageerror', (error) => watch.faults.push(`script: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        watch.faults.push(`console: ${message.text()} ${message.location().url}`);
    });
    page.on('request', (request) => {
      const url = request.url();
      const isOwn = url.startsWith(origin) || url.startsWith(origin.replace('http', 'ws'));
      if (!isOwn && !url.startsWith('data:') && !url.startsWith('blob:')) watch.faults.push(`request: ${url}`);
    });
    return watch;
  }

  expectNone(): void {
    expect(this.faults).toEqual([]);
  }
}
