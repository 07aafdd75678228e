import { KIND_NAMES } from './kinds.ts';
import { runHostProcess } from './process.ts';

await runHostProcess(KIND_NAMES);
