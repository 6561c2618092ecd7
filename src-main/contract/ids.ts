/** Branded identifiers. Each has one parser, which is the only way to make one from text. */

/** SHA-256 of a peer's SubjectPublicKeyInfo (protocol section 4): 64 lower-case hex digits. */
export type NodeId = string & { readonly brand: 'NodeId' };
/** BEP 52 file root ("pieces root", protocol section 6): 64 lower-case hex digits. A file is named by this and its size. */
export type ContentHash = string & { readonly brand: 'ContentHash' };
/** Local name of a download: 8 lower-case hex digits. */
export type DownloadId = string & { readonly brand: 'DownloadId' };
/** Local name of a saved search: 8 lower-case hex digits. */
export type SavedId = string & { readonly brand: 'SavedId' };
/** Random 128-bit name of a search: 32 lower-case hex digits. */
export type SearchId = string & { readonly brand: 'SearchId' };

const HEX_64 = /^[0-9a-f]{64}$/;
const HEX_32 = /^[0-9a-f]{32}$/;
const HEX_8 = /^[0-9a-f]{8}$/;

export const isNodeId = (text: string): text is NodeId => HEX_64.test(text);
export const isContentHash = (text: string): text is ContentHash => HEX_64.test(text);
export const isSearchId = (text: string): text is SearchId => HEX_32.test(text);
export const isDownloadId = (text: string): text is DownloadId => HEX_8.test(text);
export const isSavedId = (text: string): text is SavedId => HEX_8.test(text);

/** Accepts upper case, as people paste it. */
export const parseNodeId = (text: string): NodeId | undefined => pick(text.toLowerCase(), isNodeId);
/** Accepts upper case, as people paste it. */
export const parseContentHash = (text: string): ContentHash | undefined => pick(text.toLowerCase(), isContentHash);

/** The first 12 digits: how a NodeId is shown to people. */
export const shortId = (id: NodeId | ContentHash): string => id.slice(0, 12);

function pick<T extends string>(text: string, is: (text: string) => text is T): T | undefined {
  return is(text) ? text : undefined;
}
