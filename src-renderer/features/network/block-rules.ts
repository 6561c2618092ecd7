import { shallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { MAX_BLOCK_BYTES } from '#contract/blocks.ts';
import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { saveText } from '../../composables/save-list.ts';
import { useNotices } from '../../stores/notices.ts';

/** Rules of one answer. */
const PAGE = 10_000;

/** The user's block list: shown, changed, taken from a file and given as one. */
export function useBlockRules() {
  const api = useApi();
  const attempt = useAttempt();
  const notices = useNotices();
  const { t } = useI18n();
  const rules = shallowRef<readonly string[]>([]);

  async function load(): Promise<void> {
    const all: string[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page: Awaited<ReturnType<typeof api.query<'blocks'>>> = await api.query('blocks', { after, limit: PAGE });
      all.push(...page.rules);
      after = page.next;
    }
    rules.value = all;
  }
  void attempt(load);

  return {
    rules,
    /** Whether it was added. */
    add: async (rule: string): Promise<boolean> => {
      const added = await attempt(() => api.command('block.add', { rule }));
      if (added) await attempt(load);
      return added !== undefined;
    },
    remove: (chosen: readonly string[]) =>
      attempt(async () => {
        for (const rule of chosen) await api.command('block.remove', { rule });
        await load();
      }),
    importFile: (file: File) =>
      attempt(async () => {
        if (file.size > MAX_BLOCK_BYTES) {
          notices.show({ kind: 'error', text: t('network.blocked.tooLong') });
          return;
        }
        const { added, known, bad, firstBad } = await api.command('block.import', { text: await file.text() });
        const text = t('network.blocked.imported', { added, known });
        const left = bad > 0 ? ` ${t('network.blocked.bad', { count: bad, first: firstBad }, bad)}` : '';
        notices.show({ kind: bad > 0 ? 'error' : 'info', text: `${text}${left}` });
        await load();
      }),
    exportFile: () => attempt(async () => saveText((await api.query('blocks.export', {})).text, 'shoal-blocked.txt')),
  };
}
