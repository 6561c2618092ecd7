// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest';
import { shallowRef } from 'vue';
import { sortRows, type TableColumn } from '../../../src-renderer/ui/table-column.ts';
import { useTableSelection } from '../../../src-renderer/ui/table-selection.ts';

type Row = { readonly id: string; readonly size: number | null };
const PAGE_ROWS = 5;

function openTable(count: number) {
  const rows = shallowRef<readonly Row[]>(Array.from({ length: count }, (_, size) => ({ id: `row-${size}`, size })));
  const selection = useTableSelection<Row>({ rows, rowKey: ({ id }) => id });
  const press = (key: string, init: KeyboardEventInit = {}) =>
    selection.onKey(new KeyboardEvent('keydown', { key, ...init }), PAGE_ROWS);
  const click = (index: number, init: PointerEventInit = {}) => {
    const row = rows.value[index];
    if (row) selection.onPointer(new PointerEvent('pointerdown', { button: 0, ...init }), row, index);
  };
  const chosen = () => selection.chosenRows.value.map(({ size }) => size);
  return { rows, selection, press, click, chosen };
}

describe('the keys of a table', () => {
  test('the focus chooses the first row, and keeps the one that was chosen', () => {
    const { selection, press, chosen } = openTable(20);
    selection.enter();
    expect(chosen()).toEqual([0]);
    press('ArrowDown');
    selection.enter();
    expect(chosen()).toEqual([1]);
  });

  test.each([
    ['ArrowDown', 11],
    ['ArrowUp', 9],
    ['PageDown', 15],
    ['PageUp', 5],
    ['Home', 0],
    ['End', 19],
  ])('%s moves from row 10 to row %i', (key, expected) => {
    const { selection, click, press, chosen } = openTable(20);
    click(10);
    expect(press(key)).toBe(true);
    expect(selection.activeIndex.value).toBe(expected);
    expect(chosen()).toEqual([expected]);
  });

  test('they stop at both ends', () => {
    const { click, press, chosen } = openTable(3);
    click(2);
    press('PageDown');
    expect(chosen()).toEqual([2]);
    press('PageUp');
    press('ArrowUp');
    expect(chosen()).toEqual([0]);
  });

  test('Shift chooses from where it began, in both directions', () => {
    const { click, press, chosen } = openTable(20);
    click(10);
    press('ArrowDown', { shiftKey: true });
    press('ArrowDown', { shiftKey: true });
    expect(chosen()).toEqual([10, 11, 12]);
    for (let i = 0; i < 3; i++) press('ArrowUp', { shiftKey: true });
    expect(chosen()).toEqual([9, 10]);
  });

  test('Space and Ctrl with a click choose one more or less; Ctrl+A all of them', () => {
    const { click, press, chosen } = openTable(4);
    click(0);
    click(2, { ctrlKey: true });
    expect(chosen()).toEqual([0, 2]);
    press(' ');
    expect(chosen()).toEqual([0]);
    press('a', { ctrlKey: true });
    expect(chosen()).toEqual([0, 1, 2, 3]);
  });

  test('other keys are not for it, and an empty table bears them all', () => {
    const { press, chosen, selection } = openTable(0);
    expect(press('x')).toBe(false);
    for (const key of ['ArrowDown', 'End', ' ', 'Home', 'PageUp']) press(key);
    selection.enter();
    expect(chosen()).toEqual([]);
  });

  test('what is chosen follows its rows when they are sorted anew, and leaves with them', () => {
    const { rows, selection, click, chosen } = openTable(5);
    click(1);
    rows.value = [...rows.value].reverse();
    expect(selection.activeIndex.value).toBe(3);
    expect(chosen()).toEqual([1]);
    rows.value = rows.value.filter(({ size }) => size !== 1);
    expect(selection.activeIndex.value).toBe(-1);
    expect(chosen()).toEqual([]);
  });

  test('a menu is for all chosen rows, or for the one under the pointer when it is none of them', () => {
    const { rows, selection, click, chosen } = openTable(5);
    click(1);
    click(3, { shiftKey: true });
    const [, , two, , four] = rows.value;
    if (two) selection.ensureChosen(two, 2);
    expect(chosen()).toEqual([1, 2, 3]);
    if (four) selection.ensureChosen(four, 4);
    expect(chosen()).toEqual([4]);
  });
});

describe('the order of a table', () => {
  const size: TableColumn<Row> = { key: 'size', title: '', width: 1, value: (row) => row.size };
  const name: TableColumn<Row> = { key: 'id', title: '', width: 1, value: (row) => row.id };
  const row = (id: string, bytes: number | null = 0): Row => ({ id, size: bytes });
  const idsOf = (rows: readonly Row[]) => rows.map(({ id }) => id);

  test('numbers by value, those without one last in both directions, equal ones as they stood', () => {
    const rows = [row('a', 10), row('none', null), row('b', 9), row('c', 10)];
    expect(idsOf(sortRows(rows, size, false, 'en'))).toEqual(['b', 'a', 'c', 'none']);
    expect(idsOf(sortRows(rows, size, true, 'en'))).toEqual(['a', 'c', 'b', 'none']);
  });

  test('names as people count and as the language orders', () => {
    const rows = [row('track 10'), row('Zebra'), row('track 9'), row('äpfel')];
    expect(idsOf(sortRows(rows, name, false, 'de'))).toEqual(['äpfel', 'track 9', 'track 10', 'Zebra']);
  });

  test('without a column the rows stay as they came', () => {
    const rows = [row('b'), row('a')];
    expect(sortRows(rows, undefined, false, 'en')).toBe(rows);
  });
});
