// minimon alerts plan: shows what `alerts apply` would change.
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
} from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { openPlanServices, planned, readRules, sourceFlags } from '../../terminal/rule-files-command.ts';
import { planListing, planSummary } from '../../terminal/rule-plan-view.ts';

/** Like `kubectl diff` and `diff`. */
const CHANGES = 1;

export default class AlertsPlan extends BaseCommand {
  static override description = 'Show what `alerts apply` with the same flags would change';
  static override examples = [
    '<%= config.bin %> alerts plan -f rules.yaml --prune',
    '<%= config.bin %> alerts plan -f rules.yaml || echo "the rules differ"',
  ];
  static exitCodes = '0 no changes, 1 changes, 2 and more: an error, as with other commands';
  static override flags = {
    ...sourceFlags,
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AlertsPlan);
    const set = await readRules(flags, this.context, { leaveDoubts: true });
    const settings = await this.settings(flags);
    const services = await openPlanServices(this.context, settings);
    const plan = await planned(services, set, flags);
    for (const note of plan.notes) this.say(note);
    const render = await renderOptions(flags, this.screen(flags));
    if (plan.changes.length > 0 || outputFormat(flags) !== 'table')
      await this.print(renderListing(planListing(plan.changes), render));
    this.say(planSummary(plan, 'to'));
    if (plan.changes.length > 0) process.exitCode = CHANGES;
  }
}
