// The whole program as one file to copy and run: a few lines of sh, and behind them the tarball, which they unpack once.
import { createHash } from 'node:crypto';

/**
 * `tarball`: gzip'ed, with everything in one folder `name`. What runs is kept in the user's own cache, under a name with a
 * hash of it, so that another version is never taken for it.
 */
export function oneFile({ name, tarball }: { readonly name: string; readonly tarball: Uint8Array }): Buffer {
  const hash = createHash('sha256').update(tarball).digest('hex').slice(0, 16);
  const script = unpacking(name, `${name}-${hash}`);
  return Buffer.concat([Buffer.from(script), tarball]);
}

function unpacking(name: string, kept: string): string {
  const lines = `#!/bin/sh
# minimon in one file: this unpacks what follows it, once, and runs it.
set -eu
umask 077
cache=\${XDG_CACHE_HOME:-\${HOME:-}/.cache}/minimon/unpacked
there=$cache/${kept}
if [ ! -d "$there" ]; then
  new=$(mkdir -p "$cache" && mktemp -d "$cache/new-XXXXXX") || {
    echo "Error: minimon cannot unpack itself into $cache" >&2
    echo "Name a folder that you may write: XDG_CACHE_HOME=/path $0" >&2
    exit 1
  }
  trap 'rm -rf "$new"' EXIT
  tail -n +LINES "$0" | tar -xzf - -C "$new" || {
    echo "Error: minimon could not unpack itself: is $0 whole, and is there room in $cache?" >&2
    exit 1
  }
  # Another start may have been faster.
  mv -T "$new/${name}" "$there" 2>/dev/null || [ -d "$there" ]
  rm -rf "$new"
  trap - EXIT
fi
exec "$there/bin/minimon" "$@"
`;
  return lines.replace('+LINES', `+${lines.split('\n').length}`);
}
