// nginx in front of the reports of a cluster, with the configuration that is shipped.
import { readFileSync } from 'node:fs';
import { type Nginx, startNginx } from '../servers/nginx.ts';

export function balance(reports: readonly string[]): Promise<Nginx> {
  const shipped = readFileSync(new URL('../../docker/nginx.conf', import.meta.url), 'utf8');
  return startNginx({
    config: ([port]) => {
      let next = 0;
      return shipped
        .replace(/listen 8000\b/, `listen 127.0.0.1:${port}`)
        .replace(/\breport_service\d+:\d+/g, () => reports[next++]!);
    },
  });
}
