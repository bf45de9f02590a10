// Matchers on labels (label="x", !=, ~ glob, !~): one meaning in expressions, scopes, silences and routes.

import { nearest } from '../did-you-mean.ts';
import { compileGlob } from '../glob.ts';
import { labelNameError, labelValueError } from '../names.ts';
import type { Labels } from '../tick.ts';
import { ExpressionError, type Matcher, type MatchOperator, quoted } from './syntax.ts';

export const globFits = (glob: string, text: string): boolean => compileGlob(glob)(text);

/** An absent label is an empty one, so `mount!="/boot"` fits a series without a mount. */
export function matcherFits(matcher: Matcher, value: string | undefined): boolean {
  const text = value ?? '';
  switch (matcher.op) {
    case '=':
      return text === matcher.value;
    case '!=':
      return text !== matcher.value;
    case '~':
      return globFits(matcher.value, text);
    case '!~':
      return !globFits(matcher.value, text);
  }
}

export const matchersFit = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every((matcher) =>
    matcherFits(matcher, Object.hasOwn(labels, matcher.label) ? labels[matcher.label] : undefined),
  );

const LINE = /^\s*([A-Za-z_][A-Za-z0-9_]*)?\s*(!=|!~|=~|==|=|~)?/;

/** A matcher as one word of a command line: `location=725`, `host~web-*`; the value needs no quotes there. */
export function parseMatcher(text: string, labels?: readonly string[]): Matcher {
  const [head = '', label, op] = LINE.exec(text) ?? [];
  const fail = (message: string, start: number, end: number, hint?: string): never => {
    throw new ExpressionError(message, text, { start, end }, hint);
  };
  const form = 'Write label=value, label!=value, label~glob or label!~glob.';
  if (label === undefined) return fail('a matcher begins with a label', 0, 1, form);
  const labelStart = text.indexOf(label);
  if (op === undefined)
    return fail(
      `${quoted(text)} has no operator`,
      head.length,
      head.length + 1,
      `${/^[\w.-]+$/.test(text.trim()) ? `Is it host=${text.trim()}? ` : ''}${form}`,
    );
  if (op === '=~' || op === '==')
    return fail(`unknown operator ${op}`, head.length - 2, head.length, `Write ${op === '=~' ? '~' : '='}.`);
  const labelEnd = labelStart + label.length;
  if (labels !== undefined && !labels.includes(label)) {
    const near = nearest(label, labels);
    const hint = near === undefined ? `Labels are ${labels.join(', ')}.` : `Did you mean ${near}?`;
    return fail(`unknown label ${quoted(label)}`, labelStart, labelEnd, hint);
  }
  const nameFault = labelNameError(label);
  if (nameFault !== undefined) return fail(nameFault, labelStart, labelEnd);
  const value = text.slice(head.length);
  const valueFault = labelValueError(value);
  if (valueFault !== undefined) return fail(valueFault, head.length, text.length);
  if (value === '' && (op === '~' || op === '!~'))
    return fail('glob is empty', head.length, head.length + 1, 'Write label~* for any value.');
  return { label, op: op as MatchOperator, value };
}
