import { ConfigError } from '../../protocol/errors.ts';
import { liveActors, liveWires } from './live-cast.ts';
import { monitorCast, tellingMonitor } from './monitor-cast.ts';
import { routerActors, routerWires } from './router-cast.ts';
import type { RunContext } from './run-context.ts';
import { type Cast, siteCast } from './site-cast.ts';

/** The graph of a run: who takes part in its sites, with which configuration, joined by which wires. */
export function castOf(run: RunContext): Cast {
	const sites = run.sites.map(siteCast);
	const all = [...liveActors(run), ...routerActors(run), ...sites.flatMap((site) => site.actors)];
	const actors = run.isServed ? all.map(tellingMonitor) : all;
	const monitor = run.isServed ? monitorCast(run.frame, run.sites, actors) : null;
	return {
		actors: uniqueNames(monitor === null ? actors : [...actors, monitor.actor]),
		wires: [
			...liveWires(run),
			...routerWires(run),
			...sites.flatMap(({ wires }) => wires),
			...(monitor === null ? [] : monitor.wires),
		],
		capacityWh: sites.reduce((sum, { capacityWh }) => sum + capacityWh, 0),
	};
}

function uniqueNames(actors: Cast['actors']): Cast['actors'] {
	const seen = new Set<string>();
	for (const { name } of actors) {
		if (seen.has(name))
			throw new ConfigError(`Cannot name two actors "${name}": rename one of them`);
		seen.add(name);
	}
	return actors;
}
