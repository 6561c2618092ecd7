import { defineStore } from 'pinia';
import { computed, onScopeDispose, shallowRef } from 'vue';

/** Something that the command palette can do. */
export type PageCommand = {
  readonly id: string;
  readonly title: string;
  readonly icon: string;
  /** As shown, such as `Ctrl+1`; the key itself is handled by whoever offers the command. */
  readonly shortcut?: string;
  readonly run: () => void;
};
type Maker = () => readonly PageCommand[];

/** What the palette offers: the commands of whatever is on the page now. */
export const useCommands = defineStore('commands', () => {
  const makers = shallowRef<readonly Maker[]>([]);
  const all = computed(() => makers.value.flatMap((make) => make()));

  /** Offers commands while the caller's scope lives; `make` is asked again when what it reads has changed. */
  function offer(make: Maker): void {
    makers.value = [...makers.value, make];
    onScopeDispose(() => {
      makers.value = makers.value.filter((one) => one !== make);
    });
  }
  return { all, offer };
});
