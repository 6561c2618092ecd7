import type { CommandOutputs } from '../contract/api.ts';
import { safeText } from './format.ts';
import type { Output } from './output.ts';

/** Prints what came of a list, and which of its web seeds need the user's word. */
export function tellAdded(out: Output, { added, known, skipped, local }: CommandOutputs['list.import']): void {
  for (const { id, hash, name } of added) {
    out.answer({ event: 'added', id, hash, name }, () => `download ${id} added: ${safeText(name)}`);
  }
  tellLocal(out, local);
  out.answer({ event: 'end', added: added.length, known, skipped }, () =>
    [`${added.length} added`, `${known} known already`, `${skipped} skipped`].join(', '),
  );
}

/** A list or a link may not have this peer ask machines of its own network, unless the user says so. */
export function tellLocal(out: Output, local: readonly { readonly url: string }[]): void {
  for (const { url } of local) {
    out.remark(`${safeText(url)} lies in a local network and is not asked; --allow-local has it asked`);
  }
}
