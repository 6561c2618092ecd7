/** `X-Swarm` on a request for content: its sender passes on what it has of the file, at this port of the address that it is seen from. */

export const SWARM_HEADER = 'x-swarm';

/** The header, where there is a port. */
export const swarmHeaders = (port: number | undefined): Readonly<Record<string, string>> =>
  port === undefined ? {} : { [SWARM_HEADER]: `port=${port}` };

/** The port; undefined for anything that is no such header. */
export function readSwarmPort(text: string | undefined): number | undefined {
  const match = /^port=(\d{1,5})$/.exec(text?.trim() ?? '');
  const port = Number(match?.[1]);
  return port > 0 && port < 65_536 ? port : undefined;
}
