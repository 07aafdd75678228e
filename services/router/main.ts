import { runHostProcess } from '../host/process.ts';

await runHostProcess(['router', 'kv-router']);
