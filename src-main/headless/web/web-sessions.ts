import { createHash, randomBytes } from 'node:crypto';

/** Addresses handed out and not used yet; the oldest is forgotten. */
const MAX_TOKENS = 16;
/** Browsers that may use the page; the oldest is forgotten. */
const MAX_SESSIONS = 64;
/** How long a browser keeps its cookie; the peer's next start ends it in any case. */
const COOKIE_SECONDS = 30 * 24 * 60 * 60;

/** `cookie`: the `Set-Cookie`. `key`: for the page alone, which keeps it where pages of other origins, other ports among them, cannot read it. */
type NewSession = { readonly cookie: string; readonly key: string };

/**
 * Who may use the web face. A token is good for one exchange: an address seen in a terminal or a history later opens nothing. Only
 * digests are kept, so comparing takes the same time whatever is given.
 */
export class WebSessions {
  readonly #tokens = new Set<string>();
  readonly #sessions = new Set<string>();
  readonly #keys = new Set<string>();
  readonly #isSecure: boolean;
  /** Cookies are shared by all ports of a host: the name tells the peers of one machine apart, and keeps it from none of them. */
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

  /** What a new session begins with, or undefined when the token is not one, or was used. */
  exchange(token: string): NewSession | undefined {
    if (!this.#tokens.delete(digest(token))) return undefined;
    const session = keep(this.#sessions, MAX_SESSIONS);
    const flags = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${COOKIE_SECONDS}${this.#isSecure ? '; Secure' : ''}`;
    return { cookie: `${this.#cookieName}=${session}; ${flags}`, key: keep(this.#keys, MAX_SESSIONS) };
  }

  /** Whether a page may drive the engine: it needs the key beside the cookie, which a browser sends to every server of this host. */
  knowsPage(cookies: string | undefined, key: string | readonly string[] | undefined): boolean {
    return this.knows(cookies) && typeof key === 'string' && this.#keys.has(digest(key));
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
