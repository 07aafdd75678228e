import { ConfigError } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { SECOND_US, usToSeconds } from '../../protocol/time.ts';
import type { ClientModel } from './client-generator.ts';
import type { RouterConfig } from './config.ts';
import {
	equalGaps,
	exponentialGaps,
	type GapSampler,
	gammaGaps,
	weibullGaps,
	weibullShape,
} from './intervals.ts';
import type { LengthSampler } from './lengths.ts';
import { readPoolFile, readPoolFolder } from './load.ts';
import {
	cycleS,
	mostTokens,
	parsePoolDataset,
	parsePoolTrace,
	poolClient,
	requestsIn,
	windowStartS,
} from './servegen.ts';

type Clients = NonNullable<RouterConfig['clients']>;
type ListedClient = Extract<Clients, { type: 'list' }>['clients'][number];

/** Clients, and what there is to know of where they are from. */
export interface ClientPool {
	readonly models: readonly ClientModel[];
	/** For people. */
	readonly text: string;
}

/**
 * Those who send requests, as a configuration has them. Their rates keep their proportions, and add up to its qps on average: over
 * a cycle of each one's factors, or over the run of a pool that is read.
 *
 * @param sampler of lengths that are drawn; null: those of all requests
 * @throws ConfigError for a pool that cannot be read, or whose requests are too long
 */
export function clientPool(
	config: RouterConfig,
	clients: Clients,
	sampler: (lengths: ListedClient['lengths']) => LengthSampler,
): ClientPool {
	if (clients.type === 'servegen') return servegenPool(config, clients);
	const qps = config.qps as number;
	const models: ClientModel[] = [];
	const sum = clients.clients.reduce((all, { count, weight }) => all + count * weight, 0);
	for (const { count, weight, gaps, cv, everyUs, factors, lengths } of clients.clients) {
		const mean = factors === null ? 1 : factors.reduce((a, b) => a + b, 0) / factors.length;
		const draw = sampler(lengths);
		const gap = gapsOf(gaps, cv);
		const model: ClientModel = {
			meanGapUs: (SECOND_US * sum * mean) / (qps * weight),
			everyUs,
			factors: factors ?? [1],
			gaps: () => gap,
			lengths: (_step, prng) => draw(prng),
		};
		for (let i = 0; i < count; i++) models.push(model);
	}
	return { models, text: `${models.length} clients` };
}

function gapsOf(gaps: ListedClient['gaps'], cv: number): GapSampler {
	switch (gaps) {
		case 'poisson':
			return exponentialGaps;
		case 'static':
			return equalGaps;
		case 'gamma':
			return gammaGaps(cv);
		case 'weibull':
			return weibullGaps(weibullShape(cv));
	}
}

function servegenPool(
	{ qps, untilUs, maxTokens, overlong }: RouterConfig,
	{ path, fromUs, most }: Extract<Clients, { type: 'servegen' }>,
): ClientPool {
	const all = readPoolFolder(path).map((name) => {
		const trace = parsePoolTrace(readPoolFile(path, name), name);
		const fromS = windowStartS(trace, usToSeconds(fromUs));
		const runS = untilUs === null ? cycleS(trace) : usToSeconds(untilUs);
		const requests = requestsIn(trace, { fromS, untilS: fromS + runS });
		return { name, trace, fromS, runS, requests };
	});
	const used = all
		.filter(({ requests }) => requests > 0)
		.sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1))
		.slice(0, most ?? all.length);
	const total = used.reduce((sum, { requests }) => sum + requests, 0);
	if (total === 0)
		throw new ConfigError(
			`Cannot draw requests of the clients in ${quoted(path)}: none sends any in the time of the run; give another from, or another folder`,
		);
	const scale = ((qps as number) * (all[0]?.runS ?? 0)) / total;
	const models = used.map(({ name, trace, fromS }) => {
		const file = name.replace(/-trace\.csv$/, '-dataset.json');
		const dataset = parsePoolDataset(readPoolFile(path, file), file);
		if (dataset.fromS.length === 0)
			throw new ConfigError(`Cannot read ${quoted(file)}: it has no lengths`);
		const longest = mostTokens(dataset);
		if (overlong === 'refuse' && longest > maxTokens)
			throw new ConfigError(
				`Cannot send requests of up to ${longest} tokens (${file}): serving.maxTokens is ${maxTokens}; give a larger one (--max-tokens), or requests.overlong (--overlong) cut or drop`,
			);
		return poolClient(trace, dataset, { fromS, scale });
	});
	return {
		models,
		text: `${models.length} of ${all.length} clients of ${path}, their rates times ${scale.toPrecision(3)}`,
	};
}
