import type en from './en/index.ts';

/** The shape of every catalogue: English's. A key that is missing or too many does not compile. */
export type Catalogue = Texts<typeof en>;
type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };
