import type { DownloadId } from '../contract/ids.ts';
import type { DownloadView } from '../contract/transfer.ts';
import { formatBar, formatBytes, formatCount, formatRate, formatSeconds, safeText } from './format.ts';
import { foundText } from './found-text.ts';
import type { Output } from './output.ts';

const BAR_WIDTH = 24;
/** Without a terminal a line is printed at every so many percent. */
const STEP_PERCENT = 10;

/** Shows the progress of one download: JSON lines, a bar on a terminal, else a line now and then. */
export class DownloadProgress {
  readonly #out: Output;
  #shownPercent = -1;
  readonly #warned = new Set<string>();

  constructor(out: Output) {
    this.#out = out;
  }

  show(download: DownloadView, named: { readonly id?: DownloadId } = {}): void {
    const { done, size, rate, etaSeconds, found } = download;
    this.#warn(download);
    const sources = download.sources.filter(({ state }) => state === 'active').length;
    if (this.#out.isLive) {
      this.#out.bar(toBar(download, sources));
      return;
    }
    const percent = size === null ? -1 : Math.floor((100 * done) / size / STEP_PERCENT) * STEP_PERCENT;
    const isNews = percent > this.#shownPercent;
    this.#shownPercent = Math.max(percent, this.#shownPercent);
    this.#out.answer({ event: 'progress', ...named, done, size, rate, eta: etaSeconds, sources, found }, () =>
      isNews ? toBar(download, sources) : [],
    );
  }

  /** Each thing once. */
  #warn(download: DownloadView): void {
    const warning = toWarning(download);
    if (warning !== undefined && !this.#warned.has(warning)) this.#out.remark(warning);
    if (warning !== undefined) this.#warned.add(warning);
  }
}

function toWarning(download: DownloadView): string | undefined {
  const { id, name, reason, blockedBy } = download;
  if (blockedBy !== null) return `${safeText(name)} is blocked by you: ${safeText(blockedBy)}`;
  const found = foundText(download);
  const whatNow = reason === 'download.disguised' ? `; it is paused: "shoal resume ${id}" or "shoal cancel ${id}"` : '';
  return found && `warning: ${safeText(name)} is ${found}${whatNow}`;
}

function toBar({ done, size, rate, etaSeconds, state }: DownloadView, sources: number): string {
  const amount = `${formatBytes(done)} of ${size === null ? '?' : formatBytes(size)}`;
  const speed = state === 'downloading' ? `${formatRate(rate)}, ${formatSeconds(etaSeconds)} left` : state;
  return `${formatBar(done, size, BAR_WIDTH)}  ${amount}  ${speed}, ${formatCount(sources, 'source')}`;
}
