import type { OutgoingResponse, StreamBody } from './links.ts';

export const isStream = (body: OutgoingResponse['body']): body is StreamBody =>
  typeof body === 'object' && !(body instanceof Uint8Array);
