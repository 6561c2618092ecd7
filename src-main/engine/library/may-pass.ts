import type { ErrorCode } from '../../contract/errors.ts';

/** Whether a file or folder that could not be looked at may well be there, and readable a moment later: descriptors were used up, say. */
export const mayPass = (code: ErrorCode): boolean => code !== 'disk.missing' && code !== 'disk.denied';
