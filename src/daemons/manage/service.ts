// The manage service: one part per noun, over the inventory and the reporting hosts from analyze.
import type { AnalyzeService } from '../../api/analyze.ts';
import type { ManageService } from '../../api/manage.ts';
import type { AlertConfigurationRecords } from '../../catalog/alert-configuration.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { createAlertConfigurationStream } from './alert-configuration-stream.ts';
import { createRuleFiles } from './apply-rules.ts';
import { createAssignments } from './assignments.ts';
import { createAudit } from './audit.ts';
import { createEnrolmentService } from './enrolments.ts';
import { createHosts } from './hosts.ts';
import type { ServiceParts } from './inventory-entries.ts';
import { createLocations } from './locations.ts';
import { createReceivers } from './receivers.ts';
import { createReportingHosts, type ReportingHostsCache } from './reporting-hosts.ts';
import { createRules } from './rules.ts';
import { createFleetReader } from './scope-notes.ts';
import { createSilences } from './silences.ts';
import { createTokenService } from './tokens.ts';

export type ManageParts = {
  readonly catalog: Pick<Catalog, 'inventory' | 'alertConfiguration' | 'audit' | 'tokens' | 'enrolments'>;
  readonly analyze: Pick<AnalyzeService, 'listReportingHosts' | 'queryLatest'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Given by the daemon, which shows its last error; made here otherwise. */
  readonly reporting?: ReportingHostsCache;
};

export function createManageService({ catalog, ...parts }: ManageParts): ManageService {
  const { clock, logger, reporting = createReportingHosts(parts) } = parts;
  const shared: ServiceParts = { inventory: catalog.inventory, reporting, clock, logger };
  const { changed, ...watch } = createAlertConfigurationStream({
    records: catalog.alertConfiguration,
    inventory: catalog.inventory,
    clock,
  });
  const records: AlertConfigurationRecords = {
    ...catalog.alertConfiguration,
    change: (plan, actor) => catalog.alertConfiguration.change(plan, actor).finally(changed),
  };
  const alerts = {
    records,
    clock,
    logger,
    analyze: parts.analyze,
    readFleet: createFleetReader(catalog.inventory),
  };
  return {
    ...createHosts(shared),
    ...createAssignments(shared),
    ...createLocations({ ...shared, records }),
    ...createAudit({ ...shared, audit: catalog.audit }),
    ...createRules(alerts),
    ...createRuleFiles(alerts),
    ...createReceivers(alerts),
    ...createSilences(alerts),
    ...createTokenService({ ...catalog, clock, logger }),
    ...createEnrolmentService({ ...catalog, reporting, clock, logger }),
    ...watch,
  };
}
