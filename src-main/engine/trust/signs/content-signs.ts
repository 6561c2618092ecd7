import type { FileType } from '../../../contract/descriptor.ts';
import type { Sign } from '../../../contract/pollution.ts';
import { endingOf } from '../../content/file-type.ts';
import { fitOf } from '../../content/name-fit.ts';
import { type Evidence, sign } from './evidence.ts';

/** Bytes that were verified here: only a name that is meant otherwise can be right. */
const OTHER_CONTENT = 0.9;

/** The sign that its own first bytes tell, where a download has seen them: `found`. */
export function* contentSigns({ names: [best] }: Evidence, found: FileType | undefined): Iterable<Sign> {
  if (best && found && fitOf(best.name, found) !== 'fits')
    yield sign('content-type', OTHER_CONTENT, { found, ending: endingOf(best.name.trimEnd()) });
}
