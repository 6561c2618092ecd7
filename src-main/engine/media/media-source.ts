/** Where the bytes of a file that is shown come from. */
export interface MediaSource {
  readonly name: string;
  readonly size: number;
  /** Whether the file is complete and has its final name. */
  readonly isWhole: boolean;
  /** Whether reading there would not wait. */
  isHere(position: number): Promise<boolean>;
  /** Fills a part of `target` from `position`, which lies in the file; waits until that can be, and gives at least one byte. */
  read(target: Uint8Array, position: number, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}
