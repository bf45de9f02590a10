// The text form of tokens: generated from random bits, hashed for storage, recognized in texts.
import { createHash, randomBytes } from 'node:crypto';

/** `mm_`, twelve digits that name it and may be shown, and the secret: 256 random bits. Known to scanners by this form. */
const FORM = /^mm_([0-9a-f]{12})_([0-9a-f]{64})$/;
/** Also right behind `\n` as JSON writes it, or `%20` of a URL: to both sides anything may stand. */
const ANYWHERE = /(mm_[0-9a-f]{12})_[0-9a-f]{64}/g;

export type TokenText = {
  readonly id: string;
  /** SHA-256. Not a slow hash: those make short passwords expensive to guess, and nobody guesses 256 random bits. */
  readonly hash: Buffer;
};

export function makeToken(): TokenText & { readonly text: string } {
  const id = randomBytes(6).toString('hex');
  const text = `${shownTokenId(id)}_${randomBytes(32).toString('hex')}`;
  return { id, text, hash: hashOf(text) };
}

/** What its id is shown as: what the token begins with. */
export const shownTokenId = (id: string): string => `mm_${id}`;

/** The other way; an id is one already. */
export const tokenIdOf = (shown: string): string => shown.replace(/^mm_/, '');

/** Undefined for what is no token of minimon's. */
export function readToken(text: string): TokenText | undefined {
  const id = FORM.exec(text)?.[1];
  return id === undefined ? undefined : { id, hash: hashOf(text) };
}

/** A token that its holder made and shows nobody: what others may know of it. Undefined where it is of none. */
export const readTokenHash = (id: string, hash: string): TokenText | undefined =>
  /^[0-9a-f]{12}$/.test(id) && /^[0-9a-f]{64}$/.test(hash)
    ? { id, hash: Buffer.from(hash, 'hex') }
    : undefined;

/** The same text; of each token in it only the part that may be shown. */
export const withoutTokens = (text: string): string =>
  text.includes('mm_') ? text.replace(ANYWHERE, '$1_***') : text;

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
