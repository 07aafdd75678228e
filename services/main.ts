import { runHostProcess } from '../kernel/host/process.ts';
import { KIND_NAMES, kindsWith } from './kinds.ts';

await runHostProcess(KIND_NAMES, kindsWith);
