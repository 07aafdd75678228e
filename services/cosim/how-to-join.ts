import type { Plan } from './plan.ts';

/** Said where a run waits for workers on a server that others use, and no join key is set. */
export const ANYBODY_MAY_JOIN =
	'Anybody who may use this NATS server may take a place in the run: set GRIDBEAT_JOIN_KEY here and for the workers to know each other';

/** For whom the run waits, and the command that starts them. */
export function howToJoin(
	roster: Plan['roster'],
	external: ReadonlySet<string>,
	url: string,
): string {
	const kinds = new Set(roster.filter(({ host }) => external.has(host)).map(({ kind }) => kind));
	const others = [...kinds].filter((kind) => kind !== 'replica');
	const flags = others.length === 0 ? '' : ` ARGS="--kind ${[...kinds].join(' ')}"`;
	const command = `make worker NATS_URL=${url}${flags}`;
	return `Waiting for ${[...external].join(', ')}: ${command}`;
}
