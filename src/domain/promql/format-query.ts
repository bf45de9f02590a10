// Formats a query like Prometheus' pretty printer: one line up to 100 characters, else one line per part.
import { compareBytes } from '../names.ts';
import type { ParsedQuery, QueryTree, TreeMatcher, TreeMatching } from './query-tree.ts';

const LINE = 100;

export function formatQuery({ tree, durations }: ParsedQuery): string {
  const oneLine = createLines(durations);
  return createPrinter(oneLine)(tree, 0);
}

const indent = (level: number): string => '  '.repeat(level);

/** Where a part is too long for a line, what is in it stands one level deeper. */
const createPrinter = (oneLine: (tree: QueryTree) => string) =>
  function pretty(tree: QueryTree, level: number): string {
    const line = oneLine(tree);
    const at = indent(level);
    if (tree.type === 'unaryExpr') return `${at}${tree.op}${pretty(tree.expr, level).trim()}`;
    if (tree.type === 'subquery')
      return Buffer.byteLength(line) <= LINE ? line : `${pretty(tree.expr, level)}${rangeAndStep(tree)}`;
    if (Buffer.byteLength(line) <= LINE) return at + line;
    switch (tree.type) {
      case 'aggregation': {
        const param = tree.param ? `${pretty(tree.param, level + 1)},\n` : '';
        return `${at}${aggregator(tree)}(\n${param}${pretty(tree.expr, level + 1)}\n${at})`;
      }
      case 'binaryExpr':
        return `${pretty(tree.lhs, level + 1)}\n${at}${operator(tree)}\n${pretty(tree.rhs, level + 1)}`;
      case 'call':
        return `${at}${tree.func.name}(\n${tree.args.map((arg) => pretty(arg, level + 1)).join(',\n')}\n${at})`;
      case 'parenExpr':
        return `${at}(\n${pretty(tree.expr, level + 1)}\n${at})`;
      default:
        return at + line;
    }
  };

const createLines = (durations: WeakSet<QueryTree>) =>
  function oneLine(tree: QueryTree): string {
    switch (tree.type) {
      case 'numberLiteral':
        return durations.has(tree) ? duration(Number(tree.val) * 1_000) : tree.val;
      case 'stringLiteral':
        return quoted(tree.val);
      case 'vectorSelector':
        return selector(tree) + when(tree);
      case 'matrixSelector':
        return `${selector(tree)}[${duration(tree.range)}]${when(tree)}`;
      case 'subquery':
        return oneLine(tree.expr) + rangeAndStep(tree);
      case 'call':
        return `${tree.func.name}(${tree.args.map(oneLine).join(', ')})`;
      case 'aggregation':
        return `${aggregator(tree)}(${tree.param ? `${oneLine(tree.param)}, ` : ''}${oneLine(tree.expr)})`;
      case 'binaryExpr':
        return `${oneLine(tree.lhs)} ${operator(tree)} ${oneLine(tree.rhs)}`;
      case 'unaryExpr':
        return tree.op + oneLine(tree.expr);
      case 'parenExpr':
        return `(${oneLine(tree.expr)})`;
    }
  };

type Of<Type extends QueryTree['type']> = Extract<QueryTree, { readonly type: Type }>;

function aggregator({ op, without, grouping }: Of<'aggregation'>): string {
  if (!without && grouping.length === 0) return op;
  return `${op} ${without ? 'without' : 'by'} (${labels(grouping)}) `;
}

const operator = ({ op, bool, matching }: Of<'binaryExpr'>): string =>
  `${op}${bool ? ' bool' : ''}${matching ? matched(matching) : ''}`;

function matched({ card, include, labels: names, on }: TreeMatching): string {
  const side = card === 'many-to-one' ? 'left' : card === 'one-to-many' ? 'right' : undefined;
  const by = names.length > 0 || on || side ? ` ${on ? 'on' : 'ignoring'} (${labels(names)})` : '';
  return side ? `${by} group_${side} (${labels(include)})` : by;
}

const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const label = (name: string): string => (PLAIN_LABEL.test(name) ? name : quoted(name));
const labels = (names: readonly string[]): string => names.map(label).join(', ');

function selector({ name, matchers }: Of<'vectorSelector' | 'matrixSelector'>): string {
  const isName = ({ name: of, type, value }: TreeMatcher) =>
    of === '__name__' && type === '=' && value === name && value !== '';
  const texts = matchers
    .filter((matcher) => !isName(matcher))
    .map((matcher) => `${label(matcher.name)}${matcher.type}${quoted(matcher.value)}`);
  return texts.length === 0 ? name : `${name}{${texts.sort(compareBytes).join(',')}}`;
}

type Timed = Of<'vectorSelector' | 'matrixSelector' | 'subquery'>;

function when({ timestamp, startOrEnd, offset }: Timed): string {
  const fixed =
    timestamp !== null ? ` @ ${(timestamp / 1_000).toFixed(3)}` : startOrEnd ? ` @ ${startOrEnd}()` : '';
  return offset === 0 ? fixed : `${fixed} offset ${duration(offset)}`;
}

const rangeAndStep = (tree: Of<'subquery'>): string =>
  `[${duration(tree.range)}:${tree.step === 0 ? '' : duration(tree.step)}]${when(tree)}`;

/** Years and weeks only where nothing is left: 90d is easier to read than 12w6d. */
const UNITS: readonly (readonly [unit: string, ms: number, isExact: boolean])[] = [
  ['y', 365 * 86_400_000, true],
  ['w', 7 * 86_400_000, true],
  ['d', 86_400_000, false],
  ['h', 3_600_000, false],
  ['m', 60_000, false],
  ['s', 1_000, false],
  ['ms', 1, false],
];

function duration(ms: number): string {
  let left = Math.abs(Math.round(ms));
  if (left === 0) return '0s';
  let text = ms < 0 ? '-' : '';
  for (const [unit, size, isExact] of UNITS) {
    const count = Math.floor(left / size);
    if (count === 0 || (isExact && left % size !== 0)) continue;
    text += count + unit;
    left -= count * size;
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** As Go quotes: what cannot be printed by its number. */
const quoted = (text: string): string =>
  `"${text.replace(/["\\]|[^\P{C}]|[^ \P{Z}]/gu, (found) => {
    const code = found.codePointAt(0)!;
    const hex = (digits: number) => code.toString(16).padStart(digits, '0');
    const byNumber = code < 0x80 ? `\\x${hex(2)}` : code > 0xffff ? `\\U${hex(8)}` : `\\u${hex(4)}`;
    return ESCAPES[found] ?? byNumber;
  })}"`;
