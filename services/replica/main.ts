import { runHostProcess } from '../../kernel/host/process.ts';
import { kindsWith } from '../kinds.ts';

await runHostProcess(['replica'], kindsWith);
