import { inject } from 'vue';
import { API, type PageApi } from './page-api.ts';
import { openWebApi } from './web-api.ts';
import { type Bridge, openWindowApi } from './window-api.ts';

export { API, type PageApi } from './page-api.ts';

declare global {
  interface Window {
    readonly shoal?: Bridge;
  }
}

/** The peer behind this page: of the window's own process, or behind a WebSocket. */
export const openApi = (): PageApi => (window.shoal ? openWindowApi(window.shoal) : openWebApi());

/** In components and stores. */
export function useApi(): PageApi {
  const api = inject(API);
  if (!api) throw new Error('the page was made without an api');
  return api;
}
