import { computed, type Ref, shallowRef } from 'vue';

type Deps<T> = { readonly rows: Readonly<Ref<readonly T[]>>; readonly rowKey: (row: T) => string };

/** Which rows are chosen and which one the keys act on; both follow the rows when they are sorted anew. */
export function useTableSelection<T>({ rows, rowKey }: Deps<T>) {
  const chosen = shallowRef<ReadonlySet<string>>(new Set());
  const activeKey = shallowRef<string>();
  const anchorKey = shallowRef<string>();

  const indexOf = (key: string | undefined): number =>
    key === undefined ? -1 : rows.value.findIndex((row) => rowKey(row) === key);
  const activeIndex = computed(() => indexOf(activeKey.value));
  const activeRow = computed(() => rows.value[activeIndex.value]);
  const chosenRows = computed(() =>
    chosen.value.size === 0 ? [] : rows.value.filter((row) => chosen.value.has(rowKey(row))),
  );

  function chooseOnly(index: number): void {
    const row = rows.value[index];
    if (row === undefined) return;
    const key = rowKey(row);
    activeKey.value = key;
    anchorKey.value = key;
    chosen.value = new Set([key]);
  }
  function chooseTo(index: number): void {
    const row = rows.value[index];
    if (row === undefined) return;
    const anchor = Math.max(0, indexOf(anchorKey.value));
    activeKey.value = rowKey(row);
    chosen.value = new Set(rows.value.slice(Math.min(anchor, index), Math.max(anchor, index) + 1).map(rowKey));
  }
  function toggle(index: number): void {
    const row = rows.value[index];
    if (row === undefined) return;
    const key = rowKey(row);
    const next = new Set(chosen.value);
    if (!next.delete(key)) next.add(key);
    activeKey.value = key;
    anchorKey.value = key;
    chosen.value = next;
  }

  function moveTo(index: number, event: KeyboardEvent): void {
    const target = Math.max(0, Math.min(rows.value.length - 1, index));
    if (event.shiftKey) chooseTo(target);
    else chooseOnly(target);
  }

  /** False when the key means nothing here. */
  function onKey(event: KeyboardEvent, pageRows: number): boolean {
    const at = activeIndex.value;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key.toLowerCase() === 'a') {
      chosen.value = new Set(rows.value.map(rowKey));
      return true;
    }
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + pageRows,
      PageUp: at - pageRows,
      Home: 0,
      End: rows.value.length - 1,
    };
    const target = moves[event.key];
    if (target !== undefined) moveTo(target, event);
    else if (event.key === ' ') toggle(at);
    else return false;
    return true;
  }

  return {
    activeIndex,
    activeRow,
    chosenRows,
    isChosen: (row: T): boolean => chosen.value.has(rowKey(row)),
    onKey,
    onPointer(event: PointerEvent, _row: T, index: number): void {
      if (event.button !== 0) return;
      if (event.shiftKey) chooseTo(index);
      else if (event.ctrlKey || event.metaKey) toggle(index);
      else chooseOnly(index);
    },
    /** A row whose menu is opened is chosen, unless it is one of several chosen ones. */
    ensureChosen(row: T, index: number): void {
      if (!chosen.value.has(rowKey(row))) chooseOnly(index);
    },
    /** The table got the focus: the keys need a row to begin at. */
    enter(): void {
      if (activeIndex.value < 0 && rows.value.length > 0) chooseOnly(0);
    },
    clear(): void {
      chosen.value = new Set();
    },
  };
}
