// Secrets in receiver addresses: how addresses are shown, and how secrets are redacted from texts.
import { safeText } from '../domain/safe-text.ts';

const MAX_REASON_CHARACTERS = 400;
const HIDDEN = '***';

/**
 * Takes secrets out of a text, as they are and as URLs, JSON and Base64 write them, then makes it one safe line of
 * limited length. Secrets under four characters cannot be told from ordinary text and are left.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    for (const form of [
      secret,
      encodeURIComponent(secret),
      decoded(secret),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64'),
    ]) {
      if (form.length >= 4) forms.add(form);
    }
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => {
    const hidden = longestFirst.reduce((shown, form) => shown.replaceAll(form, HIDDEN), text);
    const safe = safeText(hidden);
    const characters = [...safe];
    return characters.length <= MAX_REASON_CHARACTERS
      ? safe
      : `${characters.slice(0, MAX_REASON_CHARACTERS).join('')}…`;
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Under this length four characters would be too much of a secret. */
const MIN_LENGTH_TO_SHOW_END = 12;

/** `https://hooks.slack.com/...BX7q`: the whole of the rest is secret. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname, search } = new URL(url);
  const rest = `${pathname}${search}`;
  const end = rest.length - 1 >= MIN_LENGTH_TO_SHOW_END ? rest.slice(-4) : '';
  return `${protocol}//${host}/${rest === '/' ? '' : `...${end}`}`;
}

/** What of a URL must not be seen: the whole, path and query, and their parts that are long enough to be a token. */
export function secretsOfUrl(url: string): string[] {
  const { href, pathname, search, searchParams } = new URL(url);
  const rest = `${pathname}${search}`;
  if (rest === '/') return [];
  const parts = [...pathname.split('/'), ...searchParams.values()];
  return [url, href, rest, search.slice(1), ...parts.filter((part) => part.length >= 8)];
}
