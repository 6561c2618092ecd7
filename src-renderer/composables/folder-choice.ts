import { ref } from 'vue';
import { useApi } from '../api/index.ts';
import { useAttempt } from './attempt.ts';

/** A folder on the peer's machine: chosen in the window, whose failures become notices; in a browser, which cannot see that machine, `isAsking` for its path. */
export function useFolderChoice(take: (path: string) => Promise<unknown>) {
  const api = useApi();
  const attempt = useAttempt();
  const isAsking = ref(false);

  async function choose(): Promise<void> {
    const { shell } = api;
    if (!shell) isAsking.value = true;
    else {
      await attempt(async () => {
        const path = await shell.chooseFolder();
        if (path !== null) await take(path);
      });
    }
  }
  return { isAsking, choose };
}
