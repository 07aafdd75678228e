import { runHostProcess } from '../kernel/host/process.ts';
import { findKind, KIND_NAMES } from './kinds.ts';

await runHostProcess(KIND_NAMES, findKind);
