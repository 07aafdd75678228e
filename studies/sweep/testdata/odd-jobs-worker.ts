import { appendFileSync } from 'node:fs';
import { serveJobs } from '../worker-side.ts';

/** For tests: does what it is told, and writes down every job it begins. */
serveJobs((job) => {
	const { spec } = job as unknown as { spec: { log: string; do: string; value: number } };
	appendFileSync(spec.log, `${spec.do} ${spec.value}\n`);
	if (spec.do === 'refuse') throw new Error(`Cannot do "${spec.value}": it is odd`);
	if (spec.do === 'curse') {
		process.stderr.write('\x1b[2Jgone\u202e\n');
		process.exit(3);
	}
	if (spec.do === 'refuse badly') throw new Error('\x1b[2J\nno');
	if (spec.do === 'die') process.kill(process.pid, 'SIGKILL');
	return { square: spec.value ** 2 };
});
