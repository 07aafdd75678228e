import type { Plan } from '../resolve/plan.ts';

/** Said where a run waits for workers on a server that others use, and no join key is set. */
export const ANYBODY_MAY_JOIN =
	'Anybody who may use this NATS server may take a place in the run: set GRIDBEAT_JOIN_KEY here and for the workers to know each other';

/** For whom the run waits, and the command that starts them. */
export function howToJoin(
	{ run, roster, external }: Plan,
	{ url, isPrivate }: { readonly url: string; readonly isPrivate: boolean },
): string {
	const kinds = new Set(roster.filter(({ host }) => external.has(host)).map(({ kind }) => kind));
	const others = [...kinds].filter((kind) => kind !== 'replica');
	const flags = [
		// A server of the run's own lets in workers of the same user alone, who find the login by the run.
		...(isPrivate ? ['--run', run] : []),
		...(others.length === 0 ? [] : ['--kind', ...kinds]),
	].join(' ');
	const where = isPrivate ? '' : ` NATS_URL=${url}`;
	const command = `make worker${where}${flags === '' ? '' : ` ARGS="${flags}"`}`;
	return `Waiting for ${[...external].join(', ')}: ${command}`;
}
