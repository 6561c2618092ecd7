import { shallowRef, watch } from 'vue';
import type { MediaType } from '#contract/media.ts';
import type { DownloadView } from '#contract/transfer.ts';
import { useApi } from '../../api/index.ts';
import { usePolling } from '../../composables/polling.ts';
import { isFirstVerified } from './chunk-cells.ts';

const EVERY_MS = 2000;
/** `canPreview`: it can be shown, or it is not known yet because its beginning is not here. */
export type ChosenMedia = { readonly canPreview: boolean; readonly mayOpen: boolean };
const NOTHING: ChosenMedia = { canPreview: false, mayOpen: false };

/** What can be shown of the one chosen download, looked at again while it loads. */
export function useChosenMedia(chosen: () => DownloadView | undefined) {
  const api = useApi();
  const media = shallowRef(NOTHING);
  let knownOf = '';

  async function look(): Promise<void> {
    const download = chosen();
    if (!download) {
      media.value = NOTHING;
      return;
    }
    const { id, state } = download;
    const known = `${id} ${state}`;
    if (known === knownOf) return;
    const type = await api.query('media.type', { kind: 'download', id });
    const isDecided =
      type.type !== null || state === 'done' || isFirstVerified(await api.query('download.chunks', { id }));
    if (chosen()?.id !== id) return look();
    media.value = toChosen(type, isDecided);
    if (isDecided) knownOf = known;
  }
  const { again } = usePolling(look, EVERY_MS);
  watch([() => chosen()?.id, () => chosen()?.state], ([id], [idBefore]) => {
    if (id !== idBefore) media.value = NOTHING;
    knownOf = '';
    again();
  });
  return media;
}

const toChosen = ({ type, mayOpen }: MediaType, isDecided: boolean): ChosenMedia => ({
  canPreview: type !== null || !isDecided,
  mayOpen,
});
