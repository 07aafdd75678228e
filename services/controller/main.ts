import { runHostProcess } from '../../kernel/host/process.ts';

await runHostProcess(['controller']);
