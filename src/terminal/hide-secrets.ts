// Keeps what looks like a token or a password on the command line out of messages, which end in logs and in tickets.

/** An unbroken run as tokens have: long, mixed, or long hexadecimal. Names of hosts and rooms have no such run. */
const RUN = /[A-Za-z0-9+/_=]{20,}/g;
const CREDENTIALS = /\/\/[^\s/@]*:[^\s/@]*@/;
const MASK = '********';

/** The text with every word of `argv` that looks like a secret masked, also behind a `--flag=`. */
export function hideSecrets(text: string, argv: readonly string[]): string {
  const secrets = argv
    .flatMap((word) => [word, word.slice(word.indexOf('=') + 1)])
    .filter((word) => word !== '' && looksSecret(word))
    .sort((a, b) => b.length - a.length);
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, MASK), text);
}

function looksSecret(word: string): boolean {
  if (CREDENTIALS.test(word)) return true;
  return (word.match(RUN) ?? []).some(
    (run) =>
      (/[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run)) ||
      (/^[0-9a-f]{32,}$/i.test(run) && /\d/.test(run)),
  );
}
