/** Tells of changes below a folder. It may miss some and repeat others: it only says where to look again. */
export interface Watcher {
  /** Resolves when changes are being seen. `onChange` gets absolute paths of what appeared, changed or went; `onError` one reason. */
  watch(folder: string, onChange: (path: string) => void, onError: (why: string) => void): Promise<WatchHandle>;
}

export interface WatchHandle {
  close(): Promise<void>;
}
