import { namesText } from '../../protocol/names-text.ts';
import { workerFlags } from '../../services/coordinator/places.ts';
import type { Plan } from '../resolve/plan.ts';

/** Said where a run waits for workers on a server that others use, and no join key is set. */
export const ANYBODY_MAY_JOIN =
	'Anybody who may use this NATS server may take a place in the run: set GRIDBEAT_JOIN_KEY here and for the workers to know each other';

/** For whom the run waits, and what starts them. */
export function howToJoin(
	{ run, roster, external, placing }: Plan,
	{ url, isPrivate }: { readonly url: string; readonly isPrivate: boolean },
): string {
	const { foreign } = placing;
	const foreignKinds = roster.filter(({ host }) => foreign.includes(host)).map(({ kind }) => kind);
	/** Hosts whose workers must be the same, by the needs. */
	const alike = new Map<string, { readonly hosts: Set<string>; readonly kinds: Set<string> }>();
	for (const { host, kind } of roster) {
		if (!external.has(host) || foreign.includes(host)) continue;
		const key = JSON.stringify(placing.needs[host] ?? {});
		const some = alike.get(key) ?? { hosts: new Set(), kinds: new Set() };
		alike.set(key, some);
		some.hosts.add(host);
		some.kinds.add(kind);
	}
	const where = isPrivate ? '' : ` NATS_URL=${url}`;
	const parts = [...alike].map(([key, { hosts, kinds }]) => {
		const flags = [
			// A server of the run's own lets in workers of the same user alone, who find the login by the run.
			...(isPrivate ? ['--run', run] : []),
			...workerFlags({ kinds: [...kinds], needs: JSON.parse(key) as Record<string, string> }),
		].join(' ');
		return `${namesText([...hosts])}: make worker${where}${flags === '' ? '' : ` ARGS="${flags}"`}`;
	});
	if (foreign.length > 0)
		parts.push(
			`${namesText(foreign)}: programs for ${[...new Set(foreignKinds)].join(', ')} with ${isPrivate ? `GRIDBEAT_RUN=${run}` : `NATS_URL=${url}`}`,
		);
	return `Waiting for ${parts.join('; ')}`;
}
