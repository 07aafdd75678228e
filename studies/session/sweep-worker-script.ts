import { programFile } from '../../kernel/files/project-file.ts';

/** What a process that does whole runs for others runs. */
export const SWEEP_WORKER = programFile('studies/session/sweep-worker');
