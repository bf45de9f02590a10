// The credential file, mode 0600. The credential of another host id or machine is set aside, and used again if that id
// returns.
import { createHash } from 'node:crypto';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError, systemWords } from '../../domain/errors.ts';
import type { Logger } from '../../runtime/logging.ts';
import { replaceFile } from '../../runtime/replace-file.ts';
import { readToken } from '../../runtime/token.ts';
import { readIfThere } from './collectors/proc-file.ts';
import type { Identity } from './identity.ts';

export type Stored = {
  /** Whose it is: a copy of the directory on another machine has no right to it. */
  readonly hostId: string;
  readonly machineId: string;
  readonly current?: { readonly token: string; readonly endsMs: number; readonly renewMs: number };
  /** Stored before it is sent to manage: even if the answer is lost, a valid credential is here. */
  readonly next?: string | undefined;
};

export type CredentialFile = {
  /** Undefined where there is none for this host and machine. Throws what the file system says. */
  read(identity: Identity): Stored | undefined;
  /** Throws UNAVAILABLE, in the same words each time: without the name of a draft. */
  write(stored: Stored): void;
};

const FILE = 'credential';
const ASIDE = /^credential\.[0-9a-f]{16}$/;
/** A host whose name is another at each start fills no disk. */
const MAX_ASIDE = 8;

export function createCredentialFile(stateDir: string, logger: Logger): CredentialFile {
  const path = join(stateDir, FILE);

  function load(from: string): Stored | 'damaged' | undefined {
    const text = readIfThere(from);
    return text === undefined ? undefined : (parse(text) ?? 'damaged');
  }

  const asideOf = ({ hostId, machineId }: Identity): string => {
    const hash = createHash('sha256')
      .update(JSON.stringify([hostId, machineId]))
      .digest('hex');
    return `${path}.${hash.slice(0, 16)}`;
  };

  /** What never became a credential goes first, then what ends first. */
  function removeSurplus(): void {
    const endOf = (file: string) => {
      const found = load(file);
      return typeof found === 'object' ? (found.current?.endsMs ?? 0) : 0;
    };
    readdirSync(stateDir)
      .filter((name) => ASIDE.test(name))
      .map((name) => ({ file: join(stateDir, name), endsMs: endOf(join(stateDir, name)) }))
      .sort((a, b) => b.endsMs - a.endsMs)
      .slice(MAX_ASIDE)
      .forEach(({ file }) => {
        rmSync(file, { force: true });
      });
  }

  return {
    read(identity) {
      const { hostId, machineId } = identity;
      const found = load(path);
      if (found === 'damaged') logger.error({ path }, 'ignoring the stored credential: the file is damaged');
      else if (found && isOf(found, identity)) return found;
      else if (found) {
        const aside = asideOf(found);
        logger.error(
          {
            ...{ path, of_host: found.hostId, of_machine: found.machineId },
            ...{ host_id: hostId, machine_id: machineId, aside },
          },
          'the stored credential is of another host or machine: it is set aside, not used here',
        );
        renameSync(path, aside);
      }
      const own = load(asideOf(identity));
      const isOwn = typeof own === 'object' && isOf(own, identity);
      if (isOwn) renameSync(asideOf(identity), path);
      if (found) removeSurplus();
      return isOwn ? own : undefined;
    },
    write(stored) {
      try {
        replaceFile(path, `${JSON.stringify(stored)}\n`);
      } catch (error) {
        throw new ExpectedError('UNAVAILABLE', `cannot write ${path}: ${systemWords(error)}`, {
          hint: 'Check free space (df) and permissions (ls -l) there; minimon keeps retrying.',
          cause: error,
        });
      }
    },
  };
}

const isOf = (stored: Identity, { hostId, machineId }: Identity): boolean =>
  stored.hostId === hostId && stored.machineId === machineId;

function parse(text: string): Stored | undefined {
  try {
    const found = JSON.parse(text) as Stored;
    const tokens = [found.current?.token, found.next].filter((token) => token !== undefined);
    return tokens.length > 0 && tokens.every(readToken) ? found : undefined;
  } catch {
    return undefined;
  }
}
