// The parts of an alert expression as data, and where in its text a fault is.
import { ExpectedError } from '../errors.ts';
import type { MetricUnit } from '../metric-table.ts';

export type Operator = '>' | '>=' | '<' | '<=';

/** Ordered from mild to severe. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A number in the base unit of its kind (bytes, bytes a second, seconds). `unit` is absent where none was written. */
export type Quantity = { readonly value: number; readonly unit?: MetricUnit };

export const MATCH_OPERATORS = ['=', '!=', '~', '!~'] as const;
export type MatchOperator = (typeof MATCH_OPERATORS)[number];
export type Matcher = { readonly label: string; readonly op: MatchOperator; readonly value: string };

export const FUNCTIONS = ['avg', 'min', 'max', 'delta', 'forecast'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** What is compared: a metric's last value, or a function over its window (`forecast`: its horizon). */
export type Value = {
  readonly fn: 'last' | FunctionName;
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** 0 for `last`. */
  readonly durationMs: number;
  readonly abs: boolean;
};

export type Bound = { readonly op: Operator; readonly bound: Quantity };
export type Level = Bound & { readonly severity?: Severity; readonly clear?: Bound };

/** Levels stand from mild to severe, whatever their order in the text. */
export type Comparison = {
  readonly kind: 'compare';
  readonly value: Value;
  readonly levels: readonly Level[];
};
export type Silent = { readonly kind: 'silent' };
export type HostTest = Comparison | Silent;
export type Share = {
  readonly kind: 'share';
  readonly of: readonly HostTest[];
  readonly op: Operator;
  readonly percent: number;
  readonly min?: number;
};
export type Test = HostTest | Share;

export type Expression = {
  readonly tests: readonly Test[];
  readonly forMs: number;
  readonly keepMs: number;
};

/** Whether its alerts are about locations: it compares a share of their hosts. */
export const isOfLocations = ({ tests }: Pick<Expression, 'tests'>): boolean =>
  tests.some(({ kind }) => kind === 'share');

/** Greater for what is more severe. */
export const severityRank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** UTF-16 offsets, end exclusive. */
export type Span = { readonly start: number; readonly end: number };

export type Place = Span & {
  /** From 1; columns count code points. */
  readonly line: number;
  readonly column: number;
};

/** A fault in an expression: where it is, and `text` with a caret under it, ready to print. */
export class ExpressionError extends ExpectedError {
  readonly place: Place;
  readonly text: string;

  constructor(message: string, source: string, span: Span, hint?: string) {
    super('BAD_EXPRESSION', message, { hint });
    this.place = placeOf(source, span);
    this.text = faultText(message, source, span, hint);
  }
}

export function placeOf(source: string, span: Span): Place {
  const lineStart = source.lastIndexOf('\n', span.start - 1) + 1;
  const line = source.slice(0, lineStart).split('\n').length;
  return { ...span, line, column: [...source.slice(lineStart, span.start)].length + 1 };
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const SHOWN_BEFORE = 60;
const SHOWN_FAULT = 80;
const SHOWN_AFTER = 40;

/** Message, the line at fault with carets under the fault, and the hint. */
export function faultText(message: string, source: string, span: Span, hint?: string): string {
  const lineStart = source.lastIndexOf('\n', span.start - 1) + 1;
  const lineEnd = source.indexOf('\n', lineStart);
  const end = lineEnd < 0 ? source.length : lineEnd;
  const from = Math.max(lineStart, span.start - SHOWN_BEFORE);
  const faultEnd = Math.min(span.end, end, span.start + SHOWN_FAULT);
  const before = shown(source.slice(from, span.start));
  const fault = shown(source.slice(span.start, faultEnd));
  const after = shown(source.slice(faultEnd, Math.min(end, faultEnd + SHOWN_AFTER)));
  const carets = '^'.repeat(Math.max(1, width(fault)));
  const lines = [message, `  ${before}${fault}${after}`, `  ${' '.repeat(width(before))}${carets}`];
  return (hint === undefined ? lines : [...lines, hint]).join('\n');
}

const shown = (text: string): string => text.replace(UNPRINTABLE, (c) => (c === '\t' ? ' ' : '\ufffd'));
const width = (text: string): number => [...text].reduce((sum, c) => sum + (WIDE.test(c) ? 2 : 1), 0);

/** A text inside a message: short, and quoted so that its ends and controls show. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > 40 ? `${text.slice(0, 40).toWellFormed()}...` : text.toWellFormed());
