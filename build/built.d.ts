/** Whether out/ holds a build of these sources; an installed copy comes without them. */
export function isBuilt(): boolean;
