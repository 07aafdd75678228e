import { programFile } from '../../kernel/files/project-file.ts';

/** What a process that tries configurations at rates runs. */
export const CAPACITY_WORKER = programFile('studies/capacity/worker');
