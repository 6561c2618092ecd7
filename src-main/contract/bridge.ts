import type { FaceAnswer, FaceEvents } from './requests.ts';
import type { ShellFunctions } from './shell.ts';

/** What a page finds as `window.shoal` inside the application, and only there. */
export type ShoalBridge = {
  readonly version: string;
  /** Asks the engine as requests.ts says. Never rejects. */
  request(request: unknown): Promise<FaceAnswer>;
  /** Calls `listener` for every batch of events until the returned function is called. */
  onEvents(listener: (message: FaceEvents) => void): () => void;
  readonly shell: ShellFunctions & {
    /** As Node names it: `linux`, `darwin`, `win32`. */
    readonly platform: string;
    /** Where a dropped file or folder lies; empty for what lies nowhere. `file` is a File. */
    pathOfDropped(file: unknown): string;
  };
};
