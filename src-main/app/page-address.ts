/** Where the page lies in the application. `shoal:` is taken: invitations begin with it. */
export const PAGE_SCHEME = 'shoal-page';
const PAGE_HOST = 'app';
export const PAGE_URL = `${PAGE_SCHEME}://${PAGE_HOST}/`;
/** What previews come from; nothing of the page's own lies there, so that a shown file is never of our origin. */
export const MEDIA_SCHEME = 'shoal-media';

/** Whether that is a place of our page. */
export function isPageUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === `${PAGE_SCHEME}:` && url.host === PAGE_HOST;
}
