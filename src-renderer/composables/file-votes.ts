import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import type { ContentHash } from '#contract/ids.ts';
import type { Opinion, Verdict } from '#contract/votes.ts';
import { useApi } from '../api/index.ts';
import { useConfirm } from '../stores/confirm.ts';
import { useSettings } from '../stores/settings.ts';
import { useAttempt } from './attempt.ts';

export type VotedFile = { readonly hash: ContentHash; readonly size: number; readonly name: string };

/** Others are asked only about what the user stays with. */
const LOOK_AFTER_MS = 500;

/** What others say that a file is, as it comes in, and what the user says. */
export function useFileVotes(file: () => VotedFile) {
  const api = useApi();
  const confirm = useConfirm();
  const settings = useSettings();
  const attempt = useAttempt();
  const { t } = useI18n();
  const opinion = shallowRef<Opinion>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isShown = ({ hash, size }: Pick<Opinion, 'hash' | 'size'>) => hash === file().hash && size === file().size;

  async function look(): Promise<void> {
    const { hash, size } = file();
    const answer = await api.query('votes', { hash, size });
    if (isShown(answer)) opinion.value = answer;
  }
  watch(
    () => `${file().hash}:${file().size}`,
    () => {
      opinion.value = undefined;
      clearTimeout(timer);
      // What cannot be asked now is shown as nothing known.
      timer = setTimeout(() => void look().catch(() => undefined), LOOK_AFTER_MS);
    },
    { immediate: true },
  );
  const stop = api.on('opinion', (opinions) => {
    opinion.value = opinions.findLast(isShown) ?? opinion.value;
  });
  onScopeDispose(() => {
    clearTimeout(timer);
    stop();
  });

  /** Before others hear anything the user is told once what it tells them. */
  async function askOnce(): Promise<void> {
    const { values } = settings;
    if (values['votes.publish'] || values['page.votes-asked']) return;
    const isYes = await confirm.ask({
      title: t('votes.consent.title'),
      text: t('votes.consent.text'),
      yes: t('votes.consent.yes'),
      no: t('votes.consent.no'),
    });
    if (isYes) await settings.set('votes.publish', true);
    await settings.set('page.votes-asked', true);
  }

  /** Null takes it back. */
  async function say(verdict: Verdict | null): Promise<void> {
    const { hash, size, name } = file();
    await attempt(async () => {
      if (verdict !== null) await askOnce();
      await api.command('verdict.set', { hash, size, verdict, ...(name === '' ? {} : { name }) });
      const answer = await api.query('votes', { hash, size });
      if (isShown(answer)) opinion.value = answer;
    });
  }
  return { opinion: computed(() => opinion.value), say };
}
