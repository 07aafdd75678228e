import { runHostProcess } from '../../kernel/host/process.ts';
import { findKind } from '../kinds.ts';

await runHostProcess(['load'], findKind);
