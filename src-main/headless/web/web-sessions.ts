import { createHash, randomBytes } from 'node:crypto';

/** Addresses handed out and not used yet; the oldest is forgotten. */
const MAX_TOKENS = 16;
/** Browsers that may use the page; the oldest is forgotten. */
const MAX_SESSIONS = 64;
/** How long a browser keeps its cookie; the peer's next start ends it in any case. */
const COOKIE_SECONDS = 30 * 24 * 60 * 60;

/**
 * Who may use the web face. A token is good for one exchange: an address seen in a terminal or a history later opens nothing. Only
 * digests are kept, so comparing takes the same time whatever is given.
 */
export class WebSessions {
  readonly #tokens = new Set<string>();
  readonly #sessions = new Set<string>();
  readonly #isSecure: boolean;
  /** Cookies are shared by all ports of a host: the name tells the peers of one machine apart. */
  #cookieName = 'shoal';

  constructor({ isSecure }: { readonly isSecure: boolean }) {
    this.#isSecure = isSecure;
  }

  listensOn(port: number): void {
    this.#cookieName = `shoal-${port}`;
  }

  /** 256 random bits in hex. */
  newToken(): string {
    return keep(this.#tokens, MAX_TOKENS);
  }

  /** The `Set-Cookie` of a new session, or undefined when the token is not one, or was used. */
  exchange(token: string): string | undefined {
    if (!this.#tokens.delete(digest(token))) return undefined;
    const session = keep(this.#sessions, MAX_SESSIONS);
    const flags = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${COOKIE_SECONDS}${this.#isSecure ? '; Secure' : ''}`;
    return `${this.#cookieName}=${session}; ${flags}`;
  }

  /** Whether the `Cookie` header of a request carries a session. */
  knows(cookies: string | undefined): boolean {
    return (cookies ?? '').split(';').some((cookie) => {
      const [name, value = ''] = cookie.trim().split('=', 2);
      return name === this.#cookieName && this.#sessions.has(digest(value));
    });
  }
}

function keep(digests: Set<string>, limit: number): string {
  const secret = randomBytes(32).toString('hex');
  digests.add(digest(secret));
  for (const oldest of digests) {
    if (digests.size <= limit) break;
    digests.delete(oldest);
  }
  return secret;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
