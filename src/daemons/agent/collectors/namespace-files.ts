// The lists of mounts and interfaces, which depend on the namespace of a process: finds the process that has the host's
// list.
import { join } from 'node:path';
import { messageOf } from '../../../domain/errors.ts';
import type { MountList } from './mount-choice.ts';
import { createProcFile } from './proc-file.ts';

/** `note` is said when the list is not the one that was wanted. */
export type NamespaceFile<List> = {
  /** Throws when none is there, and when one is there that cannot be read for now. */
  read(): { readonly list: List; readonly note?: readonly [what: string, why: string] };
  close(): void;
};

const isDenied = (error: unknown): boolean =>
  ['EACCES', 'EPERM'].includes((error as { code?: string }).code ?? '');

/**
 * Without a prefix the agent's own list is right: it is what statfs sees. Under a prefix `self` would be the agent in
 * its container (proc/mounts is a link to it), so pid 1 is asked first.
 */
export function createMountSource(root: string): NamespaceFile<MountList> {
  const pids = root === '/' ? ['self', '1'] : ['1', 'self'];
  const infos = pids.map((pid) => createProcFile(join(root, `proc/${pid}/mountinfo`), 'latin1'));
  const mounts = createProcFile(join(root, 'proc/mounts'), 'latin1');
  return {
    read() {
      let denied: unknown;
      for (const info of infos) {
        try {
          const text = info.textIfThere();
          if (!text) continue;
          const why = denied === undefined ? undefined : `${messageOf(denied)}; the list of another is used`;
          return {
            list: { text, form: 'mountinfo' },
            ...(why && { note: ["the host's list of mounts", why] as const }),
          };
        } catch (error) {
          // A list that cannot be read for now is no reason to go by another one.
          if (!isDenied(error)) throw error;
          denied = error;
        }
      }
      return { list: { text: mounts.text(), form: 'mounts' } };
    },
    close() {
      for (const file of [...infos, mounts]) file.close();
    },
  };
}

/**
 * Under a prefix /proc/net is the agent's own network namespace; that of pid 1 is the host's. Whichever was read first
 * stays: the counters of another namespace are those of other interfaces, under the same names.
 */
export function createNetDevSource(root: string): NamespaceFile<string> {
  const paths = root === '/' ? ['proc/net/dev'] : ['proc/1/net/dev', 'proc/net/dev'];
  const files = paths.map((path) => createProcFile(join(root, path), 'latin1'));
  let chosen: number | undefined;
  const textAt = (at: number) => (chosen === undefined ? files[at]!.textIfThere() : files[at]!.text());
  return {
    read() {
      for (const at of chosen === undefined ? files.keys() : [chosen]) {
        const list = textAt(at);
        if (list === undefined) continue;
        chosen = at;
        if (at === 0) return { list };
        return {
          list,
          note: ["the host's interfaces", "pid 1 shows none; these are of the agent's own network namespace"],
        };
      }
      throw new Error('there is no /proc/net/dev');
    },
    close() {
      for (const file of files) file.close();
    },
  };
}
