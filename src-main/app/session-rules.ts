import { app, type Session, type WebContents } from 'electron';
import { isPageUrl, MEDIA_SCHEME, PAGE_ORIGIN, PAGE_SCHEME } from './page-address.ts';

/** What a page may ask for: nothing leaves the machine. */
const OWN_SCHEMES: ReadonlySet<string> = new Set([
  `${PAGE_SCHEME}:`,
  `${MEDIA_SCHEME}:`,
  'blob:',
  'data:',
  'devtools:',
]);

/** A page may write texts to the clipboard when the user asks for it; it may not read it. */
const MAY = 'clipboard-sanitized-write';
/** A video that is played may fill the screen; but nothing may that lies in a frame. */
const MAY_AS_PAGE = 'fullscreen';

type Asker = { readonly isMainFrame: boolean; readonly requestingUrl?: string };

/** No other permission, no device, no download but of what the page itself made, no request to anywhere else. Certificate errors are left to end the request, as they do. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, asker) => answer(isAllowed(permission, asker)));
  session.setPermissionCheckHandler((_contents, permission, _origin, asker) => isAllowed(permission, asker));
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(OWN_BLOBS)) event.preventDefault();
  });
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isOwn(url) }));
}

const isAllowed = (permission: string, { isMainFrame, requestingUrl = '' }: Asker): boolean =>
  permission === MAY || (permission === MAY_AS_PAGE && isMainFrame && isPageUrl(requestingUrl));

/** Lists that the page exports. */
const OWN_BLOBS = `blob:${PAGE_ORIGIN}/`;

const isOwn = (text: string): boolean => OWN_SCHEMES.has(URL.parse(text)?.protocol ?? '');

/** Every page of this application, whatever opens it, stays where it is and opens nothing. */
export function guardAllContents(): void {
  app.on('web-contents-created', (_event, contents) => guardContents(contents));
}

function guardContents(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isPageUrl(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}
