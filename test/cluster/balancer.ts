// nginx in front of the reports of a cluster, with the configuration that is shipped.
import { readFileSync } from 'node:fs';
import { type Nginx, startNginx } from '../servers/nginx.ts';

/** `tlsDirectory`: where the reports' certificate is, which is nginx's own as well. */
export function balance(reports: readonly string[], tlsDirectory: string): Promise<Nginx> {
  const shipped = readFileSync(new URL('../../docker/nginx.conf', import.meta.url), 'utf8');
  return startNginx({
    config: ([port]) => {
      let next = 0;
      return shipped
        .replaceAll('/etc/minimon/tls/', `${tlsDirectory}/`)
        .replace(/listen 8000\b/, `listen 127.0.0.1:${port}`)
        .replace(/\breport_service\d+:\d+/g, () => reports[next++]!);
    },
  });
}
