import type { WireInput } from '../../../kernel/actor/contract.ts';
import { FIRST_TOKENS_FIELDS, TOKENS_FIELDS } from '../../../protocol/ports.ts';
import { type Field, positionsOf } from '../../../protocol/readings.ts';
import { REQUESTS } from '../../../protocol/run-folder/requests.ts';
import { SECOND_US, type SimTime } from '../../../protocol/time.ts';
import { type BooksColumns, booksColumns, type UsageColumns, usageColumns } from './columns.ts';
import type { MonitoredSite } from './config.ts';
import { observe } from './histogram.ts';
import { keepRequest } from './recent-requests.ts';
import {
	boundsOf,
	type CompletedRequest,
	observeRequest,
	REQUEST_HISTOGRAM_NAMES,
	type RequestBounds,
} from './request-figures.ts';
import type { ReplicaState, SiteState } from './state.ts';

const J_PER_WH = 3600;
const J_PER_KWH = 1000 * J_PER_WH;

/** Takes the current row of a wire into the state of a site. */
export interface SiteTaker {
	books(state: SiteState, wire: WireInput): void;
	usage(state: SiteState, wire: WireInput): void;
	request(state: SiteState, wire: WireInput): void;
	token(state: SiteState, wire: WireInput): void;
	firstToken(state: SiteState, wire: WireInput): void;
	eviction(state: SiteState, wire: WireInput): void;
	iterations(state: SiteState, wire: WireInput): void;
}

/** What takes the rows of a site. */
export function siteTaker(site: MonitoredSite, stepUs: SimTime): SiteTaker {
	const stepS = stepUs / SECOND_US;
	const books = booksColumns(site);
	const usage = usageColumns(site.usage);
	const request = requestReader(site.requests);
	const placeOf = new Map(site.replicas.map(({ name }, r) => [name, r]));
	const { tellsTokens } = site;
	const bounds = site.replicas.map(
		(replica) =>
			Object.fromEntries(
				REQUEST_HISTOGRAM_NAMES.map((name) => [name, boundsOf(name, replica)]),
			) as RequestBounds,
	);
	const boundsAt = (place: number) => bounds[place] as RequestBounds;
	const visit = (
		state: SiteState,
		wire: WireInput,
		take: (replica: ReplicaState, place: number) => void,
	) => {
		const place = placeOf.get(wire.source) ?? -1;
		const replica = state.replicas[place];
		if (replica !== undefined) take(replica, place);
	};
	return {
		books(state, wire) {
			state.rowUs = wire.timeUs;
			state.steps += 1;
			copyRow(wire, state.books);
			addStep(state, books, stepS);
		},
		usage: (state, wire) =>
			visit(state, wire, (replica) => {
				replica.rowUs = wire.timeUs;
				copyRow(wire, replica.usage);
				addUsage(replica, usage);
			}),
		request: (state, wire) =>
			visit(state, wire, ({ sums, histograms, recent, underWay }, place) => {
				const { id, completed } = request(wire);
				delete underWay[id];
				sums.completed += 1;
				keepRequest(recent, completed);
				if (!tellsTokens) sums.outputTokens += completed.outputTokens;
				observeRequest(histograms, boundsAt(place), completed, tellsTokens);
			}),
		token: (state, wire) =>
			visit(state, wire, (replica, place) => {
				// The rest of the answer comes from the other pool.
				if (site.replicas[place]?.pool === 'prefill') replica.sums.outputTokens += 1;
				else addToken(replica, wire, boundsAt(place).interTokenS);
			}),
		firstToken: (state, wire) =>
			visit(state, wire, (replica, place) => addFirstToken(replica, wire, boundsAt(place))),
		eviction: (state, wire) =>
			visit(state, wire, ({ sums }) => {
				sums.preemptions += wire.value(0);
			}),
		iterations: (state, wire) =>
			visit(state, wire, ({ histograms: { iterationTokens } }) => {
				iterationTokens.sum += wire.value(0);
				for (let bucket = 0; bucket < iterationTokens.counts.length; bucket++)
					addTo(iterationTokens.counts, bucket, wire.value(bucket + 1));
			}),
	};
}

function copyRow(wire: WireInput, row: Float64Array): void {
	for (let field = 0; field < row.length; field++) row[field] = wire.value(field);
}

/** Adds a step of a site to its sums. */
function addStep({ books, sums }: SiteState, columns: BooksColumns, stepS: number): void {
	const at = (column: number) => numberAt(books, column);
	const gridJ = at(columns.grid) * stepS;
	const importJ = Math.max(0, -gridJ);
	sums.importJ += importJ;
	sums.exportJ += Math.max(0, gridJ);
	sums.curtailedJ += at(columns.curtailed) * stepS;
	sums.unservedJ += at(columns.unserved) * stepS;
	sums.emissionsG += (importJ / J_PER_KWH) * at(columns.carbon);
	sums.marginalG += (importJ / J_PER_KWH) * at(columns.marginal);
	sums.costUsd += (importJ / J_PER_KWH) * at(columns.price);
	columns.members.forEach((column, m) => {
		addSigned(sums.producedJ, sums.consumedJ, m, at(column) * stepS);
	});
	columns.batteries.forEach(({ power }, b) => {
		addSigned(sums.chargedJ, sums.dischargedJ, b, at(power) * stepS);
	});
	columns.generators.forEach((column, g) => {
		addTo(sums.generatedJ, g, at(column) * stepS);
	});
}

/** Adds an energy to one list if it is positive, else its size to the other. */
function addSigned(plus: Float64Array, minus: Float64Array, i: number, energyJ: number): void {
	if (energyJ > 0) addTo(plus, i, energyJ);
	else addTo(minus, i, -energyJ);
}

function addTo(list: Float64Array, i: number, more: number): void {
	list[i] = (list[i] as number) + more;
}

function addUsage({ usage, sums }: ReplicaState, columns: UsageColumns): void {
	const at = (column: number) => numberAt(usage, column);
	const gpuWh = at(columns.prefill_energy) + at(columns.decode_energy) + at(columns.idle_energy);
	sums.energyJ += at(columns.energy) * J_PER_WH;
	sums.gpuEnergyJ += gpuWh * J_PER_WH;
	sums.batches += at(columns.batches);
}

const FIRST_TOKENS = positionsOf(FIRST_TOKENS_FIELDS);

/** Adds a request whose prompt is computed. */
function addFirstToken(
	{ sums, histograms }: ReplicaState,
	wire: WireInput,
	bounds: RequestBounds,
): void {
	const promptTokens = wire.value(FIRST_TOKENS.prefill_tokens);
	const cachedTokens = wire.value(FIRST_TOKENS.cached_tokens);
	sums.promptTokens += promptTokens;
	sums.cachedTokens += cachedTokens;
	observe(histograms.firstTokenS, bounds.firstTokenS, wire.value(FIRST_TOKENS.first_token));
	observe(histograms.computedTokens, bounds.computedTokens, promptTokens - cachedTokens);
}

const TOKENS = positionsOf(TOKENS_FIELDS);

/** Adds a token of a request that is under way; one that is rejected gets none. */
function addToken(
	{ sums, histograms, underWay }: ReplicaState,
	wire: WireInput,
	bounds: readonly number[],
): void {
	const tokens = wire.value(TOKENS.tokens);
	if (tokens === 0) return;
	const { timeUs } = wire;
	const id = String(wire.value(TOKENS.request_id));
	const before = underWay[id];
	if (before === undefined) {
		// The first token belongs to the prompt; with two pools it came elsewhere.
		sums.outputTokens += 1;
		underWay[id] = { tokens, lastUs: timeUs };
		return;
	}
	sums.outputTokens += tokens - before.tokens;
	const gapS = (timeUs - before.lastUs) / SECOND_US;
	observe(histograms.interTokenS, bounds, gapS, tokens - before.tokens);
	before.tokens = tokens;
	before.lastUs = timeUs;
}

/** A value that counts as 0 where there is none. */
function numberAt(row: Float64Array, column: number): number {
	const value = row[column] ?? 0;
	return Number.isFinite(value) ? value : 0;
}

interface ReadRequest {
	readonly id: string;
	readonly completed: CompletedRequest;
}

/** Reads the current row of a port `requests` with these fields. */
function requestReader(fields: readonly Field[]): (wire: WireInput) => ReadRequest {
	const at = (name: Parameters<typeof REQUESTS.field>[0]) =>
		fields.findIndex((field) => field.name === REQUESTS.field(name).name);
	const e2e = at('request_e2e_time');
	const queue = at('request_scheduling_delay');
	const firstToken = at('prefill_e2e_time');
	const prefill = at('prefill_time_execution_plus_preemption');
	const inference = at('request_execution_plus_preemption_time');
	const promptTokens = at('request_num_prefill_tokens');
	const outputTokens = at('request_num_decode_tokens');
	const energies = [at('prefill_energy'), at('decode_energy')];
	const id = fields.findIndex(({ name }) => name === 'request_id');
	return (wire) => ({
		id: String(wire.value(id)),
		completed: {
			e2eS: wire.value(e2e),
			queueS: wire.value(queue),
			firstTokenS: wire.value(firstToken),
			prefillS: wire.value(prefill),
			inferenceS: wire.value(inference),
			promptTokens: wire.value(promptTokens),
			outputTokens: wire.value(outputTokens),
			energyJ: energies.reduce((sum, energy) => sum + wire.value(energy), 0) * J_PER_WH,
		},
	});
}
