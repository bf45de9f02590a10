// minimon alerts apply: makes the saved rules match rule files.
import { Flags } from '@oclif/core';
import { wouldFire } from '../../api/rule-preview.ts';
import { WIDE_RULE_ALERTS } from '../../domain/alerting/alert.ts';
import {
  authorFlag,
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
} from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { createPrompts } from '../../terminal/prompts.ts';
import {
  openPlanServices,
  planned,
  readRules,
  ruleChanges,
  sourceFlags,
} from '../../terminal/rule-files-command.ts';
import { planListing, planSummary } from '../../terminal/rule-plan-view.ts';

export default class AlertsApply extends BaseCommand {
  static override description =
    'Make the saved alert rules match the files. Nothing is saved if any rule is invalid';
  static override examples = [
    '<%= config.bin %> alerts apply -f rules.yaml --prune',
    '<%= config.bin %> alerts apply --stock',
    '<%= config.bin %> alerts export | <%= config.bin %> alerts apply -f -',
  ];
  static override flags = {
    ...sourceFlags,
    'dry-run': Flags.boolean({ description: 'Show what would change, as `alerts plan` does' }),
    yes: Flags.boolean({
      char: 'y',
      description:
        'Do not ask before removing rules or saving rules that would fire on more than 1,000 subjects',
    }),
    author: authorFlag,
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AlertsApply);
    const set = await readRules(flags, this.context, { leaveDoubts: true });
    const settings = await this.settings(flags);
    const services = await openPlanServices(this.context, settings);
    const { manage } = services;
    const plan = await planned(services, set, flags);
    for (const note of plan.notes) this.say(note);
    const render = await renderOptions(flags, this.screen(flags));
    const draw = (changes: typeof plan.changes) => this.print(renderListing(planListing(changes), render));
    if (flags['dry-run'] || plan.changes.length === 0) {
      if (plan.changes.length > 0 || render.format !== 'table') await draw(plan.changes);
      this.say(planSummary(plan, 'to'));
      return;
    }
    const wide = plan.changes.find(
      ({ preview }) => preview !== undefined && preview.firing > WIDE_RULE_ALERTS,
    );
    if (wide !== undefined) {
      const action = `save ${wide.name}, which ${wouldFire(wide.preview!)}`;
      if (!(await this.agreed({ action, yes: flags.yes }))) return;
    }
    const gone = plan.changes.filter(({ action }) => action === 'remove' || action === 'reset');
    if (gone.length > 0) {
      const names = gone.map(({ name }) => name).join(', ');
      this.say(`No longer in ${[...new Set(gone.map(({ source }) => source))].join(', ')}: ${names}`);
      const action = `remove ${gone.length === 1 ? `the rule ${names}` : `${gone.length} rules`}`;
      // Without a terminal, --prune is the confirmation.
      if (createPrompts(this.context).canAsk && !(await this.agreed({ action, yes: flags.yes }))) return;
    }
    const applied = await manage.applyRules({ ...ruleChanges(set, flags), actor: this.author(flags) });
    const previews = new Map(plan.changes.map((change) => [change.name, change]));
    await draw(applied.changes.map((change) => ({ ...previews.get(change.name), ...change })));
    this.say(planSummary(applied, 'done'));
  }
}
