import { CONTENT_TARGETS } from './contents.ts';
import { DOCUMENT_TARGETS } from './documents.ts';
import { FACE_TARGETS } from './faces.ts';
import { HEAD_TARGETS } from './heads.ts';
import { KEPT_TARGETS } from './kept.ts';
import { MESSAGE_TARGETS } from './messages.ts';
import { ROUTER_TARGETS } from './routers.ts';
import type { Target } from './target.ts';
import { WORD_TARGETS } from './words.ts';

/** Every decoder of what comes from outside, but for those of files' contents (readers.ts), which run in threads that may be ended. */
export const TARGETS: readonly Target[] = [
  ...[...MESSAGE_TARGETS, ...DOCUMENT_TARGETS, ...HEAD_TARGETS, ...CONTENT_TARGETS],
  ...[...WORD_TARGETS, ...ROUTER_TARGETS, ...KEPT_TARGETS, ...FACE_TARGETS],
];
