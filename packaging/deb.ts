// What makes the tree a .deb: units, the user, the example configuration, control files and maintainer scripts.
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLE_CONFIG } from '../src/assembly/install/example-config.ts';
import { SYSUSERS } from '../src/assembly/install/plan.ts';
import { SERVICES, TLS_TIMER, tlsRenewal, unitName, unitText } from '../src/assembly/install/units.ts';
import { put } from './tree.ts';

const COMMAND = ['/usr/lib/minimon/node', '/usr/lib/minimon/bin/minimon.js'];

export type DebOptions = {
  /** The package's root; the tree is in usr. */
  readonly root: string;
  readonly version: string;
  readonly description: string;
  /** As Debian calls it. */
  readonly architecture: string;
  readonly installedBytes: number;
};

export function writeDebFiles({
  root,
  version,
  description,
  architecture,
  installedBytes,
}: DebOptions): void {
  const at = (path: string) => join(root, path);
  for (const service of SERVICES) {
    put(at(`usr/lib/systemd/system/${unitName(service)}`), unitText(service, { command: COMMAND }));
    mkdirSync(at(`etc/minimon/credentials/${service}`), { recursive: true });
    chmodSync(at(`etc/minimon/credentials/${service}`), 0o700);
  }
  chmodSync(at('etc/minimon/credentials'), 0o700);
  for (const [name, text] of Object.entries(tlsRenewal({ command: COMMAND })))
    put(at(`usr/lib/systemd/system/${name}`), text);
  put(at('usr/lib/sysusers.d/minimon.conf'), SYSUSERS);
  put(at('etc/minimon/config.yaml'), EXAMPLE_CONFIG);
  put(at('usr/share/doc/minimon/copyright'), COPYRIGHT);
  put(at('DEBIAN/conffiles'), '/etc/minimon/config.yaml\n');
  put(
    at('DEBIAN/control'),
    `Package: minimon
Version: ${version}
Architecture: ${architecture}
Maintainer: minimon <minimon@localhost>
Installed-Size: ${Math.ceil(installedBytes / 1024)}
Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 9)
Recommends: systemd, ca-certificates
Section: admin
Priority: optional
Description: ${description}
 Agents sample hosts and report them; the services store what they say, answer
 queries and watch alert rules. Nothing is started by installing it: enable a
 service with "minimon install agent --now" or "minimon install up --now".
 .
 It brings its own Node runtime.
`,
  );
  for (const [name, text] of Object.entries(SCRIPTS)) put(at(`DEBIAN/${name}`), text, 0o755);
}

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: minimon

Files: *
Copyright: the authors of minimon
License: MIT

Files: usr/lib/minimon/node
Copyright: Node.js contributors
License: MIT and others
 See https://github.com/nodejs/node/blob/main/LICENSE
`;

const UNITS = [...SERVICES.map(unitName), TLS_TIMER].join(' ');
/** Those that ran before an upgrade; on a file system that a reboot empties, as a reboot starts what is enabled. */
const RAN = '/run/minimon-upgrade';

/**
 * An upgrade stops what runs before the files change and starts it after: a process loads parts of the program on first
 * use, and would meet those of another version.
 */
const SCRIPTS = {
  postinst: `#!/bin/sh
set -e
case "$1" in
configure)
  if command -v systemd-sysusers >/dev/null; then
    systemd-sysusers minimon.conf
  elif ! getent passwd minimon >/dev/null; then
    useradd --system --user-group --home-dir /var/lib/minimon --no-create-home --shell /usr/sbin/nologin minimon
  fi
  ;;
esac
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  if [ -s ${RAN} ]; then
    # A service that does not start is its own news and no failure of the package.
    xargs systemctl start --no-block <${RAN} || true
  fi
fi
rm -f ${RAN}
`,
  prerm: `#!/bin/sh
set -e
[ -d /run/systemd/system ] || exit 0
case "$1" in
upgrade|failed-upgrade)
  rm -f ${RAN}
  for unit in ${UNITS}; do
    if systemctl is-active --quiet $unit; then echo $unit >>${RAN}; fi
  done
  if [ -s ${RAN} ]; then xargs systemctl stop <${RAN}; fi
  ;;
remove|deconfigure)
  systemctl disable --now --quiet ${UNITS}
  ;;
esac
`,
  postrm: `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
case "$1" in
remove|purge)
  # The caches hold nothing that is missed.
  rm -rf /var/cache/minimon
  ;;
esac
if [ "$1" = purge ]; then rm -rf /etc/minimon; fi
if [ "$1" = remove ] || [ "$1" = purge ]; then
  if [ -d /var/lib/minimon ]; then
    echo "minimon: the data is left in /var/lib/minimon; delete it with: rm -r /var/lib/minimon"
  fi
fi
`,
};
