import { computed, reactive } from 'vue';
import { useI18n } from 'vue-i18n';
import type { ChildView, NeighbourView } from '#contract/network.ts';
import { useFormat } from '../../composables/format.ts';
import type { TableColumn } from '../../ui/table-column.ts';
import type { KnownSupernode } from './neighbourhood.ts';

type Common = { readonly node: string; readonly address: string; readonly rttMs: number | null };
const KINDS = { leaf: 'leaf', standby: 'warm', searcher: 'searcher' } as const;

/** The columns of the three lists, in the page's language. */
export function usePeerColumns() {
  const { t } = useI18n();
  const { formatCount, formatMs, formatDuration } = useFormat();
  const title = (key: string): string => t(`network.columns.${key}`);

  const name = <T extends { readonly name: string | null }>(): TableColumn<T> => ({
    ...{ key: 'name', title: title('name'), width: 190, value: (row) => row.name || null },
  });
  const place = <T extends Common>(): readonly TableColumn<T>[] => [
    { key: 'node', title: title('node'), width: 120, value: ({ node }) => node },
    { key: 'address', title: title('address'), width: 200, value: ({ address }) => address },
  ];
  const rtt = <T extends Common>(): TableColumn<T> => ({
    ...{ key: 'rtt', title: title('rtt'), width: 120, align: 'end' },
    ...{ value: ({ rttMs }) => rttMs, text: ({ rttMs }) => formatMs(rttMs) },
  });
  const connected = <T extends { readonly connectedMs: number }>(): TableColumn<T> => ({
    ...{ key: 'connected', title: title('connected'), width: 140, align: 'end' },
    ...{ value: ({ connectedMs }) => connectedMs, text: ({ connectedMs }) => formatDuration(connectedMs / 1000) },
  });
  const children = <T extends { readonly children: number | null }>(): TableColumn<T> => ({
    ...{ key: 'children', title: title('children'), width: 110, align: 'end', value: (row) => row.children },
    text: (row) => (row.children === null ? t('common.units.unknown') : formatCount(row.children)),
  });

  return reactive({
    children: computed<readonly TableColumn<ChildView>[]>(() => [
      name(),
      ...place<ChildView>(),
      {
        ...{ key: 'kind', title: title('kind'), width: 150, value: ({ role }) => role },
        text: ({ role }) => t(`network.map.kinds.${KINDS[role]}`),
      },
      {
        ...{ key: 'files', title: title('files'), width: 90, align: 'end', value: ({ files }) => files },
        text: ({ files }) => formatCount(files),
      },
      connected(),
      rtt(),
    ]),
    neighbours: computed<readonly TableColumn<NeighbourView>[]>(() => [
      name(),
      ...place<NeighbourView>(),
      children(),
      connected(),
      rtt(),
    ]),
    supernodes: computed<readonly TableColumn<KnownSupernode>[]>(() => [
      ...place<KnownSupernode>(),
      {
        ...{ key: 'state', title: title('state'), width: 150, value: ({ state }) => state },
        text: ({ state }) => t(`network.states.${state}`),
      },
      children(),
      rtt(),
    ]),
  });
}
