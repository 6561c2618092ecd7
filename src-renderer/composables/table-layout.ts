import { computed } from 'vue';
import { useSettings } from '../stores/settings.ts';
import type { TableColumn, TableSort } from '../ui/table-column.ts';

type Layout = {
  readonly widths?: Readonly<Record<string, number>>;
  /** Only what differs from the columns' own choice. */
  readonly shown?: Readonly<Record<string, boolean>>;
  readonly sort?: TableSort;
};
type Layouts = Readonly<Record<string, Layout>>;

const MIN_WIDTH = 48;
const MAX_WIDTH = 1200;

/** Widths, choice and order of one table's columns, kept with the peer's settings. */
export function useTableLayout<T>(table: string, columns: () => readonly TableColumn<T>[], first?: TableSort) {
  const settings = useSettings();
  const layouts = computed(() => readLayouts(settings.values['page.layout']));
  const layout = computed(() => layouts.value[table] ?? {});

  function change(part: Layout): void {
    const next: Layouts = { ...layouts.value, [table]: { ...layout.value, ...part } };
    settings.setSoon('page.layout', JSON.stringify(next));
  }
  const isShown = (column: TableColumn<T>): boolean => layout.value.shown?.[column.key] ?? column.isHidden !== true;
  const widthOf = ({ key, width }: TableColumn<T>): number => layout.value.widths?.[key] ?? width;
  const shownColumns = computed(() => columns().filter(isShown));
  /** As CSS; the first column takes what is left, unless the user gave it a width. */
  const tracks = computed(() =>
    shownColumns.value.map((column, index) => {
      const width = `${widthOf(column)}px`;
      return index === 0 && layout.value.widths?.[column.key] === undefined ? `minmax(${width}, 1fr)` : width;
    }),
  );

  return {
    shownColumns,
    template: computed(() => tracks.value.join(' ')),
    sort: computed(() => layout.value.sort ?? first),
    isShown,
    setWidth: (key: string, width: number) =>
      change({
        widths: { ...layout.value.widths, [key]: Math.round(Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width))) },
      }),
    toggle: (column: TableColumn<T>) => change({ shown: { ...layout.value.shown, [column.key]: !isShown(column) } }),
    setSort: (sort: TableSort) => change({ sort }),
  };
}

function readLayouts(text: string): Layouts {
  try {
    const value: unknown = JSON.parse(text || '{}');
    return typeof value === 'object' && value !== null ? (value as Layouts) : {};
  } catch {
    // Of another version, or written by hand: the columns are as at first.
    return {};
  }
}
