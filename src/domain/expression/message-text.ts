// The `text` of a rule: fixed placeholders in braces, checked when it is saved, filled in when a message is sent.
import { didYouMean } from '../did-you-mean.ts';
import { labelNameError } from '../names.ts';
import { ExpressionError } from './syntax.ts';

const PLACEHOLDERS = ['host', 'location', 'value', 'since', 'rule', 'severity'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** Doubled braces and `${HOME}` are somebody else's syntax and stay as they are. */
const PLACEHOLDER = /(?<![${])\{([A-Za-z_][A-Za-z0-9_.]*)\}(?!\})/g;
const LABEL_PREFIX = 'label.';

const isPlaceholder = (name: string): name is Placeholder => PLACEHOLDERS.includes(name as Placeholder);
const isLabel = (name: string): boolean =>
  name.startsWith(LABEL_PREFIX) && labelNameError(name.slice(LABEL_PREFIX.length)) === undefined;

/** Throws {@link ExpressionError} at the first placeholder that does not exist. */
export function checkMessageText(
  text: string,
  labels: readonly string[] = ['mount', 'device', 'interface'],
): void {
  const known = [...PLACEHOLDERS, ...labels.map((label) => LABEL_PREFIX + label)];
  for (const match of text.matchAll(PLACEHOLDER)) {
    const name = match[1]!;
    if (isPlaceholder(name) || isLabel(name)) continue;
    const span = { start: match.index, end: match.index + match[0].length };
    const hint = didYouMean(
      name,
      known,
      `Placeholders are {${PLACEHOLDERS.join('}, {')}} and {label.mount}.`,
    );
    throw new ExpressionError(`unknown placeholder {${name}}`, text, span, hint);
  }
}

export type MessageValues = Partial<Readonly<Record<Placeholder, string>>> & {
  readonly labels?: Readonly<Record<string, string>>;
};

/** The text with its placeholders filled in once: what a value contains is never read as a placeholder. */
export function fillMessageText(text: string, values: MessageValues): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => {
    if (isPlaceholder(name)) return values[name] || '-';
    if (!isLabel(name)) return whole;
    const label = name.slice(LABEL_PREFIX.length);
    return (values.labels && Object.hasOwn(values.labels, label) && values.labels[label]) || '-';
  });
}
