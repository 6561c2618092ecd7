import type { DownloadId } from '../contract/ids.ts';
import type { DownloadView } from '../contract/transfer.ts';
import { formatBar, formatBytes, formatRate, formatSeconds } from './format.ts';
import type { Output } from './output.ts';

const BAR_WIDTH = 24;
/** Without a terminal a line is printed at every so many percent. */
const STEP_PERCENT = 10;

/** Shows the progress of one download: JSON lines, a bar on a terminal, else a line now and then. */
export class DownloadProgress {
  readonly #out: Output;
  #shownPercent = -1;

  constructor(out: Output) {
    this.#out = out;
  }

  show(download: DownloadView, named: { readonly id?: DownloadId } = {}): void {
    const { done, size, rate, etaSeconds } = download;
    const sources = download.sources.filter(({ state }) => state === 'active').length;
    if (this.#out.isLive) {
      this.#out.bar(toBar(download, sources));
      return;
    }
    const percent = size === null ? -1 : Math.floor((100 * done) / size / STEP_PERCENT) * STEP_PERCENT;
    const isNews = percent > this.#shownPercent;
    this.#shownPercent = Math.max(percent, this.#shownPercent);
    this.#out.answer({ event: 'progress', ...named, done, size, rate, eta: etaSeconds, sources }, () =>
      isNews ? toBar(download, sources) : [],
    );
  }
}

function toBar({ done, size, rate, etaSeconds, state }: DownloadView, sources: number): string {
  const amount = `${formatBytes(done)} of ${size === null ? '?' : formatBytes(size)}`;
  const speed = state === 'downloading' ? `${formatRate(rate)}, ${formatSeconds(etaSeconds)} left` : state;
  return `${formatBar(done, size, BAR_WIDTH)}  ${amount}  ${speed}, ${sources} sources`;
}
