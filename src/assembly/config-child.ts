// A child process that loads an agent's configuration and exits, so that the schemas take no memory. Request on stdin,
// answer on stdout, both serialized by v8; an empty answer if loading fails.
import { readFileSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { loadConfig } from './config-load.ts';
import type { RunRequest } from './run-daemon.ts';

export type ConfigRequest = Pick<RunRequest, 'environment' | 'file' | 'flags'>;

const STDIN = 0;
const STDOUT = 1;

const request = deserialize(readFileSync(STDIN)) as ConfigRequest;
// Whoever asked loads it again, to say why.
const loaded = await loadConfig(request).catch(() => undefined);
if (loaded) writeSync(STDOUT, serialize(loaded));
