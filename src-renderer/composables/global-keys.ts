import { useEventListener } from '@vueuse/core';
import { ref } from 'vue';
import { useRouter } from 'vue-router';
import { PAGES } from '../router.ts';

/** Whatever is typed into belongs to it. */
const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** The shortcuts that hold on every page; `ui/ShortcutHelp.vue` lists them. */
export function useGlobalKeys() {
  const router = useRouter();
  const isPaletteOpen = ref(false);
  const isHelpOpen = ref(false);

  function run(event: KeyboardEvent): boolean {
    const isCommand = event.ctrlKey || event.metaKey;
    const page = PAGES[Number(event.key) - 1];
    if (isCommand && event.key.toLowerCase() === 'k') isPaletteOpen.value = !isPaletteOpen.value;
    else if (isCommand && page) void router.push({ name: page });
    else if (isCommand && event.key.toLowerCase() === 'f') return focusField('filter');
    else if (isTyping(event) || isCommand || event.altKey) return false;
    else if (event.key === '/') void router.push({ name: 'search' }).then(() => focusField('search'));
    else if (event.key === '?') isHelpOpen.value = true;
    else return false;
    return true;
  }
  useEventListener(window, 'keydown', (event) => {
    if (run(event)) event.preventDefault();
  });
  return { isPaletteOpen, isHelpOpen };
}

/** Pages mark their fields with `data-field`. False when there is none. */
function focusField(name: 'search' | 'filter'): boolean {
  const field = document.querySelector<HTMLElement>(`[data-field="${name}"] input, input[data-field="${name}"]`);
  field?.focus();
  if (field instanceof HTMLInputElement) field.select();
  return field !== null;
}
