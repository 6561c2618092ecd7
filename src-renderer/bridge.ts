declare global {
  interface Window {
    /** Put there by the preload script; absent in a plain browser. */
    readonly shoal?: { readonly version: string };
  }
}

/** The version of the program around this page, or an empty text. */
export const version = (): string => window.shoal?.version ?? '';
