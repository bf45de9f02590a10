// Reads the plain command lines of `minimon daemon agent` without the command framework, which costs an agent memory.
import { type Setting, settingsOf } from './flag-settings.ts';

export type AgentLine = { readonly file: string | undefined; readonly flags: readonly Setting[] };

const ONCE = ['interval', 'location', 'host-id', 'root', 'data', 'config'];
const REPEATED = ['report', 'set'];
const LEVELS = ['debug', 'info', 'warn', 'error'];

/**
 * What follows `daemon agent`. Undefined for anything but flags with a value each, as they stand in a unit file: help,
 * --once and every mistake are left to the command itself. A test compares both.
 */
export function readAgentLine(argv: readonly string[]): AgentLine | undefined {
  const flags: Record<string, unknown> = {};
  for (let i = 0; i < argv.length; i++) {
    const [, name, inline] = /^--([a-z-]+)(?:=(.+))?$/s.exec(argv[i]!) ?? [];
    if (name === undefined) return undefined;
    if (name === 'insecure' && inline === undefined && flags[name] === undefined) {
      flags[name] = true;
      continue;
    }
    const value = inline ?? argv[++i];
    if (value === undefined || value === '' || value.startsWith('-')) return undefined;
    if (!put(flags, name, value)) return undefined;
  }
  const { config, ...settings } = flags;
  try {
    return { file: config as string | undefined, flags: settingsOf(settings) };
  } catch {
    return undefined;
  }
}

function put(flags: Record<string, unknown>, name: string, value: string): boolean {
  if (REPEATED.includes(name)) {
    flags[name] = [...((flags[name] as string[] | undefined) ?? []), value];
    return true;
  }
  if (flags[name] !== undefined) return false;
  if (name === 'port-offset' && /^\d{1,5}$/.test(value)) flags[name] = Number(value);
  else if (ONCE.includes(name) || (name === 'log-level' && LEVELS.includes(value))) flags[name] = value;
  else return false;
  return true;
}
