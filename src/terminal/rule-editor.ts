// Edits a rule as YAML in $EDITOR, until it is accepted or the edit is cancelled.

import type { SourceRule } from '../api/rule-fields.ts';
import type { SavedRule } from '../api/rules.ts';
import { readRuleFile } from '../assembly/rule-file.ts';
import { ExpectedError } from '../domain/errors.ts';
import { openEditedFile } from './editor.ts';
import { rulesYaml } from './rules-yaml.ts';

export type RuleEdit = {
  readonly rule: SavedRule;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly force: boolean;
  /** Rejects with an ExpectedError if the rule is invalid: the editor opens again with the error. */
  readonly save: (draft: SourceRule) => Promise<void>;
};

const FAULT = '# ! ';
const HEAD = `# The current rule. Edit, save and quit to change it; quit without editing, or empty the file, to cancel.
`;

/** Resolves false where nothing was changed. The error of a text that is not taken names the file that holds it. */
export async function editRule({ rule, environment, force, save }: RuleEdit): Promise<boolean> {
  const file = await openEditedFile('rule.yaml', environment);
  const start = HEAD + (await rulesYaml([rule]));
  let shown = start;
  for (;;) {
    await file.write(shown);
    const typed = await file.edit();
    const text = withoutFaults(typed);
    if (text === start || text.trim() === '' || !/^[^#\n]/m.test(text)) {
      await file.remove();
      return false;
    }
    try {
      await save(await readDraft(text, rule, force));
      await file.remove();
      return true;
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      // Saved without fixing the errors: the edit is cancelled.
      if (typed === shown) {
        const hint = [error.hint, `Nothing was changed. Your text is in ${file.path}`];
        throw new ExpectedError(error.code, error.message, { hint: hint.filter(Boolean).join('\n') });
      }
      const said = [error.message, error.hint ?? ''].join('\n').trim();
      shown =
        said
          .split('\n')
          .map((line) => `${FAULT}${line}\n`)
          .join('') + text;
    }
  }
}

const withoutFaults = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith(FAULT.trim()))
    .join('\n');

async function readDraft(text: string, rule: SavedRule, force: boolean): Promise<SourceRule> {
  const { rules, faults } = await readRuleFile(text, { force, leaveDoubts: true });
  if (faults.length > 0) {
    const lines = faults.map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`);
    throw new ExpectedError('BAD_RULES', lines.join('\n'));
  }
  const [only, ...more] = rules;
  if (only === undefined || more.length > 0) {
    throw new ExpectedError('BAD_RULES', `the file must have exactly one rule: ${rule.name}`);
  }
  const { source = '' } = only.rule;
  if (source !== rule.source) {
    throw new ExpectedError(
      'USAGE',
      `the source of the rule (${rule.source || 'no file'}) cannot be edited`,
      {
        hint: `Leave ${rule.source === '' ? 'source out' : `source: ${rule.source}`}. minimon alerts apply -f FILE --adopt makes it a rule of a file.`,
      },
    );
  }
  return only.rule;
}
