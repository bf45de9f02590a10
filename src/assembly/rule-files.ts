// The files that `-f` names (files, folders, - for standard input) as one set of rules, and their faults as one error.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { SourceRule } from '../api/rule-fields.ts';
import type { RuleFault } from '../domain/alerting/rule-check.ts';
import { STOCK_RULES } from '../domain/alerting/stock-rules.ts';
import { counted } from '../domain/counting.ts';
import { ExpectedError, systemWords } from '../domain/errors.ts';
import { compareBytes } from '../domain/names.ts';
import { decodeUtf8 } from '../domain/utf8.ts';
import { type FileRule, faultMessage, type RuleFileOptions, readRuleFile } from './rule-file.ts';
import type { FileFault } from './yaml-file.ts';

/** A rule, and where faults of it are; stock rules stand in no file. */
type PlacedRule = Pick<FileRule, 'rule'> & { readonly file?: string; readonly placeOf?: FileRule['placeOf'] };

type ManageFault = Omit<RuleFault, 'code'> & { readonly rule: number; readonly code: string };

export type RuleSet = {
  readonly rules: readonly SourceRule[];
  readonly sources: readonly string[];
  /** What is wrong without asking manage: nothing of the files may be saved then. */
  readonly faults: readonly PlacedFault[];
  /** These and the faults that manage found, as the error that names file, line and column. */
  readonly errorOf: (faults: readonly ManageFault[]) => ExpectedError;
};

export type RuleFilesRequest = RuleFileOptions & {
  readonly paths: readonly string[];
  /** Of files that name none; by default where each lies. */
  readonly source?: string | undefined;
  /** Also the rules that minimon brings along. */
  readonly stock?: boolean | undefined;
  readonly readStdin: () => Promise<string>;
};

/** The source of `apply --stock`. */
const STOCK_SOURCE = 'stock';
const ENDINGS = ['.yaml', '.yml'];
const SHOWN_FAULTS = 100;

export type PlacedFault = FileFault & { readonly file: string };

/** FILE_MISSING, USAGE where there is nothing to read. */
export async function readRuleFiles(request: RuleFilesRequest): Promise<RuleSet> {
  const { paths, readStdin } = request;
  const faults: PlacedFault[] = [];
  const rules: PlacedRule[] = [];
  const sources = new Set<string>();
  const byName = new Map<string, { readonly file: string; readonly line: number }>();

  async function take(file: string, text: string, standing: string): Promise<void> {
    const read = await readRuleFile(text, request);
    faults.push(...read.faults.map((fault) => ({ ...fault, file })));
    const source = request.source ?? standing;
    for (const one of [...read.sources, ...(read.isUnnamed ? [source] : [])]) if (one) sources.add(one);
    for (const { rule, placeOf } of read.rules) {
      const place = placeOf({ field: 'name' });
      const first = byName.get(rule.name);
      if (first !== undefined) {
        const where = `${first.file}:${first.line}`;
        faults.push({ ...place, file, message: `rule ${rule.name} already exists at ${where}` });
      } else byName.set(rule.name, { file, line: place.line });
      rules.push({ rule: source ? { source, ...rule } : rule, file, placeOf });
    }
  }

  if (request.stock) {
    sources.add(STOCK_SOURCE);
    rules.push(...stockRules());
  }
  for (const path of paths) {
    if (path === '-') await take('-', await readStdin(), '');
    else {
      // One folder is one source: what was in a file that is gone is pruned with the others.
      for (const file of await filesOf(path)) await take(file, await readText(file), resolve(path));
    }
  }
  return {
    rules: rules.map(({ rule }) => rule),
    sources: [...sources],
    faults,
    errorOf: (found) => {
      const isConflict = faults.length === 0 && found.every(({ code }) => code === 'RULE_EXISTS');
      const placed = found.map((fault) => {
        const { file = `${STOCK_SOURCE} rule ${rules[fault.rule]!.rule.name}`, placeOf } = rules[fault.rule]!;
        return { ...(placeOf?.(fault) ?? { line: 0, column: 0 }), file, message: faultMessage(fault) };
      });
      const own = new Set(faults.map(placeText));
      const others = placed.filter((fault) => !own.has(placeText(fault)));
      return faultsError([...faults, ...others], isConflict ? 'RULE_EXISTS' : 'BAD_RULES');
    },
  };
}

const placeText = ({ file, line, column }: PlacedFault): string => `${file}:${line}:${column}`;

function stockRules(): PlacedRule[] {
  return STOCK_RULES.map(({ name, expression, severity, tellResolved = true }) => ({
    rule: { source: STOCK_SOURCE, name, expression, severity, ...(!tellResolved && { quietEnd: true }) },
  }));
}

async function filesOf(path: string): Promise<readonly string[]> {
  const { isDirectory } = await stat(path)
    .then((found) => ({ isDirectory: found.isDirectory() }))
    .catch((error: unknown) => {
      throw new ExpectedError('FILE_MISSING', `cannot read ${path}: ${systemWords(error)}`);
    });
  if (!isDirectory) return [path];
  const names = (await readdir(path)).filter((name) => ENDINGS.some((ending) => name.endsWith(ending)));
  if (names.length === 0) {
    throw new ExpectedError('USAGE', `no ${ENDINGS.join(' or ')} file in ${path}`, {
      hint: 'For no rules write a file with `rules: []`.',
    });
  }
  return names.sort(compareBytes).map((name) => join(path, name));
}

export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new ExpectedError('FILE_MISSING', `cannot read ${path}: ${systemWords(error)}`);
  });
  return decodeUtf8(bytes, path, 'BAD_RULES');
}

/** In the order of the files and their lines. */
export function faultsError(
  faults: readonly PlacedFault[],
  code: 'BAD_RULES' | 'RULE_EXISTS' = 'BAD_RULES',
  outcome = 'nothing was changed',
): ExpectedError {
  const files = [...new Set(faults.map(({ file }) => file))];
  const inOrder = [...faults].sort(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
  const lines = inOrder.slice(0, SHOWN_FAULTS).map(({ file, line, column, message }) => {
    const [first, ...more] = message.split('\n');
    const where = line === 0 ? file : `${file}:${line}:${column}`;
    return [`${where}: ${first}`, ...more.map((one) => `  ${one}`)].join('\n');
  });
  if (faults.length > SHOWN_FAULTS) lines.push(`and ${faults.length - SHOWN_FAULTS} more`);
  const count = counted(faults.length, 'fault');
  return new ExpectedError(code, lines.join('\n'), { hint: `${count}: ${outcome}.` });
}
