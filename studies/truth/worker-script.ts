import { programFile } from '../../kernel/files/project-file.ts';

/** What a process that simulates measured runs runs. */
export const TRUTH_WORKER = programFile('studies/truth/worker');
