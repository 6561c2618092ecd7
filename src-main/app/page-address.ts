/** Where the page lies in the application. `shoal:` is taken: invitations begin with it. */
export const PAGE_SCHEME = 'shoal-page';
const PAGE_HOST = 'app';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://${PAGE_HOST}`;
export const PAGE_URL = `${PAGE_ORIGIN}/`;
/** What previews come from; nothing of the page's own lies there, so that a shown file is never of our origin. */
export const MEDIA_SCHEME = 'shoal-media';

/** Whether that is a place of our page. */
export const isPageUrl = (text: string): boolean => isOf(PAGE_SCHEME, text);

/** Whether that is a place of a file that is shown. */
export const isMediaUrl = (text: string): boolean => isOf(MEDIA_SCHEME, text);

function isOf(scheme: string, text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === `${scheme}:` && url.host === PAGE_HOST;
}
