/** Tells of changes below a folder. It may miss some and repeat others: it only says where to look again. */
export interface Watcher {
  /** Resolves when changes are being seen. */
  watch(folder: string, listener: WatchListener): Promise<WatchHandle>;
}

export type WatchListener = {
  /** Gets absolute paths of what appeared, changed or went. */
  readonly onChange: (path: string) => void;
  /** The watch goes on, and may miss more than before. */
  readonly onError: (why: string) => void;
  /** The watch ended by itself after it had started: nothing is seen any more. */
  readonly onEnd: (why: string) => void;
};

export interface WatchHandle {
  close(): Promise<void>;
}
