// The process that loads an agent's configuration and ends: the memory of the schemas goes with it. Asked on stdin,
// answered on stdout, both as v8 serializes values; an empty answer where it cannot be loaded.
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
