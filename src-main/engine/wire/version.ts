/** Protocol version, major.minor (protocol section 4). Another major cannot talk to this one; a higher minor may say things to be ignored. */
export const PROTOCOL_VERSION = '1.2';

/** Minor versions with which something came. */
export const SINCE = { votes: 1, voteQueries: 2 } as const;

export type VersionRelation = 'same' | 'newer-minor' | 'older-minor' | 'other-major' | 'malformed';

/** Whether who speaks `theirs` knows what came with minor version `minor` of this major. */
export const knowsMinor = (theirs: string, minor: number): boolean => (parts(theirs)[1] ?? 0) >= minor;

/** How `theirs` stands to ours. */
export function compareVersion(theirs: string, ours: string = PROTOCOL_VERSION): VersionRelation {
  const [theirMajor, theirMinor] = parts(theirs);
  const [ourMajor, ourMinor] = parts(ours);
  if (theirMajor === undefined || theirMinor === undefined || ourMajor === undefined || ourMinor === undefined)
    return 'malformed';
  if (theirMajor !== ourMajor) return 'other-major';
  if (theirMinor === ourMinor) return 'same';
  return theirMinor > ourMinor ? 'newer-minor' : 'older-minor';
}

function parts(version: string): readonly [number, number] | readonly [] {
  const match = /^(\d{1,4})\.(\d{1,4})$/.exec(version);
  return match ? [Number(match[1]), Number(match[2])] : [];
}
