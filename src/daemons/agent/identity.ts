// The identity of this host: host id from the hostname, machine id, and which values are rejected.
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { isWholeMachineId } from '../../domain/enrolment.ts';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { checkId } from '../../domain/names.ts';
import { readIfThere } from './collectors/proc-file.ts';

/** Both last for the life of the process: a host that is renamed reports under its new name after a restart. */
export type Identity = {
  readonly hostId: string;
  /** 32 hex digits; empty only when there is neither one on the host nor a place to keep one. */
  readonly machineId: string;
};

export type IdentitySources = {
  readonly root: string;
  /** Said by the configuration. */
  readonly hostId?: string | undefined;
  /** Where a machine id that was made here is stored. */
  readonly stateDir?: string | undefined;
  /** Make no machine id, only look. */
  readonly onlyLook?: boolean | undefined;
  readonly readHostname?: () => string;
  /** Told when a machine id that was made here is damaged. */
  readonly onDamaged?: ((message: string) => void) | undefined;
};

const UNUSABLE_HOSTNAME = /^(?:\(none\)|(?:ip6-)?localhost\d?(?:\.localdomain\d?|\.local)?)?$/i;

/** Throws FILE_MISSING, BAD_ID and DIR_NOT_WRITABLE. */
export function readIdentity(sources: IdentitySources): Identity {
  const { root } = sources;
  if (root !== '/' && !existsSync(join(root, 'proc'))) {
    throw new ExpectedError('FILE_MISSING', `there is no proc below the root ${root}`, {
      hint: 'Give the directory under which proc, sys and etc of the host are mounted, such as --root /host.',
    });
  }
  return { hostId: sources.hostId ?? hostIdOf(sources), machineId: machineIdOf(sources) };
}

function hostIdOf({ root, readHostname = hostname }: IdentitySources): string {
  const name = root === '/' ? readHostname().trim() : nameUnder(root);
  if (UNUSABLE_HOSTNAME.test(name)) {
    throw new ExpectedError('BAD_ID', `the hostname is ${JSON.stringify(name)}, which any host may have`, {
      hint: 'Name this host with --host-id NAME, or set a unique hostname (hostnamectl set-hostname NAME).',
    });
  }
  return checkId(name);
}

/** The file first: below a prefix, /proc answers with the hostname of the container that asks. */
function nameUnder(root: string): string {
  const file = readQuietly(join(root, 'etc/hostname')) ?? '';
  const named = file
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('#'));
  return named ?? readQuietly(join(root, 'proc/sys/kernel/hostname')) ?? '';
}

/** A container runtime makes a directory of a file that it should bind in and does not find: that is as none. */
function readQuietly(path: string): string | undefined {
  try {
    return readIfThere(path);
  } catch {
    return undefined;
  }
}

/** In lower case, without white space; undefined for what images carry in its place (empty, zeros, `uninitialized`). */
export function parseMachineId(text: string | undefined): string | undefined {
  const id = text?.trim().toLowerCase().replaceAll('-', '');
  return id && isWholeMachineId(id) && !/^(.)\1*$/.test(id) ? id : undefined;
}

function machineIdOf({ root, stateDir, onlyLook = false, onDamaged }: IdentitySources): string {
  for (const path of ['etc/machine-id', 'var/lib/dbus/machine-id']) {
    const id = parseMachineId(readQuietly(join(root, path)));
    if (id) return id;
  }
  return stateDir === undefined ? '' : madeMachineId(stateDir, { onlyLook, onDamaged });
}

/**
 * One that was made here is in two files, each with a checksum: under another id the host would be taken for another
 * machine.
 */
function madeMachineId(
  stateDir: string,
  { onlyLook, onDamaged = () => {} }: Pick<IdentitySources, 'onlyLook' | 'onDamaged'>,
): string {
  const paths = ['machine-id', 'machine-id.copy'].map((name) => join(stateDir, name));
  const found = paths.map((path) => checkedId(readQuietly(path)));
  const stored = found.find((id) => id !== undefined);
  if (onlyLook) return stored ?? '';
  const bad = paths.filter((path, i) => found[i] === undefined && isThere(path));
  const id = stored ?? randomBytes(16).toString('hex');
  if (found[0] !== undefined && found[1] !== undefined && found[0] !== found[1]) {
    onDamaged(
      `${paths.join(' and ')} have different machine ids: one is of another directory. ${id} is used and written to both; if it is the wrong one this host may be shown as conflict for an hour`,
    );
  }
  for (const path of bad) {
    onDamaged(
      `${path} is damaged or cannot be read; ${stored ? 'the other copy has the machine id' : 'a new machine id was made, and this host may be shown as conflict for an hour'}`,
    );
  }
  for (const [i, path] of paths.entries()) {
    if (found[i] !== undefined && readQuietly(path)?.includes(checksumOf(id))) continue;
    try {
      mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      writeFileSync(path, `${id}\n${checksumOf(id)}\n`, { mode: 0o600 });
    } catch (error) {
      if (stored) continue;
      throw new ExpectedError(
        'DIR_NOT_WRITABLE',
        `cannot store a machine id in ${path}: ${messageOf(error)}`,
        { hint: 'Give a directory this user can write with --data DIR.', cause: error },
      );
    }
  }
  return id;
}

/** Also what cannot be followed or read. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}

const checksumOf = (id: string): string => `crc32 ${crc32(id).toString(16).padStart(8, '0')}`;

/** Earlier versions wrote none. */
function checkedId(text: string | undefined): string | undefined {
  const [first, sum] = (text ?? '').split('\n');
  const id = parseMachineId(first);
  return id !== undefined && (!sum || sum === checksumOf(id)) ? id : undefined;
}
