import { ConfigError } from '../../protocol/errors.ts';
import { routerActors, routerWires } from './router-cast.ts';
import { type Cast, type SiteContext, siteCast } from './site-cast.ts';

/** The default graph: who takes part in a scenario, with which configuration, joined by which wires. */
export function castOf(context: SiteContext): Cast {
	const { scenario, frame } = context;
	const site = siteCast(context);
	return {
		actors: uniqueNames([...routerActors(scenario, frame), ...site.actors]),
		wires: [...routerWires(scenario, frame), ...site.wires],
		capacityWh: site.capacityWh,
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
