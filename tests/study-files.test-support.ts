import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Two points, twice: four runs of two minutes. */
export const SMALL_SWEEP = `name: small
base:
  until: 2min
  solar: []
  requests: { qps: 2 }
grid: { serving.replicas: [1, 2] }
repeats: 2
metrics: [serving.completed, energy.importKwh]
`;

/** Every file of a folder with its bytes. */
export function contents(folder: string): Map<string, string> {
	const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
	return new Map(
		names
			.filter((name) => statSync(join(folder, name)).isFile())
			.map((name) => [name, readFileSync(join(folder, name), 'base64')]),
	);
}

/** Files that say when, where and by which command they were made. */
const ABOUT = /(^|\/)(metadata\.yaml|report\.html|repeats\.yaml|experiment\.json)$/;

/** The same but for files that say when, where and by which command they were made. */
export function results(folder: string): Map<string, string> {
	return new Map([...contents(folder)].filter(([name]) => !ABOUT.test(name)));
}

/** How many runs of a study are done. */
export function jobsIn(folder: string): number {
	const jobs = join(folder, 'jobs');
	return existsSync(jobs) ? readdirSync(jobs).filter((name) => name.endsWith('.json')).length : 0;
}
