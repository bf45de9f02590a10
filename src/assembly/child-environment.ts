// The environment of child processes (pager, editor, tools): without secrets.
import type { Environment } from './environment.ts';
import { SETTINGS } from './generated/settings.ts';

const SECRETS = new Set(SETTINGS.filter(({ secret }) => secret).map(({ env }) => env));

/** Paths of files with secrets stay: who may not read the file learns nothing by them, and minimon itself may be started from there. */
export const childEnvironment = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !SECRETS.has(name)));
