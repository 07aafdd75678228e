import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { namedPrng } from '../../../kernel/actor/random.ts';

const START_MS = Date.parse('2026-06-21T07:00:00Z');
const DAY_MS = 86_400_000;
const CAPACITY_WH = 6000;
const CAP_ABOVE = 300;

/** A made-up day of four replicas in San Francisco: plausible shapes, no model behind them. */
export interface DayOptions {
	readonly stepS: number;
	/** How many such days follow each other. */
	readonly days: number;
	readonly replicas: number;
	readonly requests: number;
	readonly status: string;
	/** Stands in place of the location, to test escaping. */
	readonly location: string;
}

export const DAY: DayOptions = {
	stepS: 300,
	days: 1,
	replicas: 4,
	requests: 20_000,
	status: 'complete',
	location: 'San Francisco',
};

/** Writes a run folder of that day. */
export function writeDay(folder: string, options: DayOptions): void {
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'metadata.yaml'), stringify(metadataOf(options)));
	writeSeries(folder, options);
	writeRequests(folder, options);
}

function metadataOf(options: DayOptions): unknown {
	return {
		environment: {
			name: options.location,
			sim_start: '2026-06-21 00:00:00',
			step_size: options.stepS,
			sim_end: local(START_MS + options.days * DAY_MS - options.stepS * 1000),
		},
		microgrids: {
			site: {
				actors: [],
				dispatchables: [
					{ name: 'battery', type: 'ClcBattery', capacity: CAPACITY_WH, min_soc: 0.2 },
				],
				policy: { type: 'DefaultDispatchPolicy', mode: 'grid-connected', charge_power: 0 },
				grid_signals: null,
				coords: null,
			},
		},
		execution: { status: 'completed', start: '2026-11-21T10:00:00Z', duration: 1.9 },
		gridbeat: {
			status: options.status,
			reason: options.status === 'failed' ? 'replica-2 died at 14:02 <killed>' : null,
			simulated_until_s: options.status === 'running' ? null : 86_400 * options.days,
			version: '0.1.0',
			seed: 42,
			location: options.location,
			timezone: 'America/Los_Angeles',
			carbon_kind: 'average',
			thresholds: { lowGPerKwh: 250, highGPerKwh: 350 },
			gpus: { device: 'a100', count: options.replicas },
			gpu_power: { curve: 'vidur-energy', busyPercent: [12, 158], idlePercent: [-20, 6] },
			cap_rules: [{ signal: 'carbon', above: CAP_ABOVE, capWPerGpu: 250 }],
			command: 'gridbeat run --location "San Francisco" --seed 42 --replicas 4',
			summary: 'Llama-3-8B on 4 A100, cap 250 W above 300 g/kWh',
			sources: [
				{ what: 'latency', label: 'fitted', source: 'Vidur profiles of the A100' },
				{ what: 'GPU power', label: 'measured', source: 'published power curves' },
				{ what: 'irradiance', label: 'approximate', source: 'monthly means, clear-sky shape' },
			],
			scenario: { location: options.location, replicas: 4, qps: 0.25 },
		},
	};
}

/** Without zone: San Francisco in summer, all year. */
function local(atMs: number): string {
	return new Date(atMs - 7 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

function writeSeries(folder: string, { stepS, days, replicas }: DayOptions): void {
	const prng = namedPrng('1/day/series');
	const rows = [
		'microgrid,time,p_delta,p_grid,actor_states.datacenter.power,actor_states.solar.power,policy_state.mode,policy_state.charge_power,dispatch_states.battery.soc,dispatch_states.battery.charge_level,grid_signals.carbon_intensity,grid_signals.price,policy_state.cap_per_gpu,policy_state.curtailed,dispatch_states.battery.current_power,time_utc',
	];
	const usage = [
		'time_s,replica,gpu_power,mfu,busy,outstanding,energy,prefill_energy,decode_energy,idle_energy,host_energy',
	];
	let level = 0.5 * CAPACITY_WH;
	let clouds = 0;
	for (let t = 0; t < 86_400 * days; t += stepS) {
		const hour = (t / 3600) % 24;
		clouds = 0.9 * clouds + 0.1 * prng.normal();
		const sun = Math.max(0, Math.sin((Math.PI * (hour - 6)) / 14.5));
		const solar = 3600 * sun ** 1.3 * Math.min(1, Math.max(0.3, 1 + clouds));
		const carbon = 310 + 90 * Math.cos((2 * Math.PI * (hour - 20)) / 24) - 80 * sun;
		const cap = carbon > CAP_ABOVE ? 250 : null;
		const busy = 0.55 + 0.25 * Math.sin((2 * Math.PI * (hour - 9)) / 24) + 0.03 * prng.normal();
		const load = 4 * (110 + 290 * Math.min(busy, cap === null ? 1 : 0.55)) * 1.25;
		const delta = solar - load;
		const room =
			(delta > 0 ? 0.98 * CAPACITY_WH - level : level - 0.2 * CAPACITY_WH) * (3600 / stepS);
		const battery = Math.sign(delta) * Math.max(0, Math.min(Math.abs(delta), room, 1500));
		const at = START_MS + 1000 * t;
		const price = hour >= 16 && hour < 21 ? 0.42 : 0.19;
		const utc = `${new Date(at).toISOString().slice(0, 19)}Z`;
		rows.push(
			`site,${local(at)},${delta},${delta - battery},${-load},${solar},grid-connected,0,${level / CAPACITY_WH},${level},${carbon},${price},${cap ?? ''},0,${battery},${utc}`,
		);
		level += (battery * stepS) / 3600;
		for (let r = 0; r < replicas; r++) {
			const outstanding = Math.max(
				0,
				Math.round(6 * busy + (cap === null ? 0 : 4) + prng.normal()),
			);
			const mfu = 0.3 * busy + 0.01 * prng.normal();
			const energy = (load / replicas) * (stepS / 3600);
			// With a PUE of 1.25: prompts, answers, idle GPUs and their servers.
			const parts = [0.12, 0.48, 0.1, 0.1].map((part) => part * energy);
			usage.push(
				`${t},replica-${r},${load / 5},${mfu},${Math.min(1, Math.max(0, busy + 0.1 * r - 0.15))},${outstanding},${energy},${parts.join()}`,
			);
		}
	}
	writeFileSync(join(folder, 'timeseries.csv'), `${rows.join('\n')}\n`);
	writeFileSync(join(folder, 'usage.csv'), `${usage.join('\n')}\n`);
}

function writeRequests(folder: string, { requests, days, replicas }: DayOptions): void {
	const prng = namedPrng('1/day/requests');
	const rows = [
		'Request Id,request_e2e_time,prefill_e2e_time,request_num_prefill_tokens,request_num_decode_tokens,request_num_restarts,arrived_at,replica',
	];
	for (let i = 0; i < requests; i++) {
		const arrived = (86_400 * days * (i + prng.uniform())) / requests;
		const hour = (arrived / 3600) % 24;
		const slow = hour > 16 || hour < 4 ? 1.6 : 1;
		const ttft = slow * Math.exp(-2 + 0.6 * prng.normal());
		const decode = 1 + Math.floor(420 * prng.uniform());
		const e2e = ttft + slow * (decode - 1) * 0.018 * Math.exp(0.15 * prng.normal());
		const prompt = 1 + Math.floor(2000 * prng.uniform());
		rows.push(`${i},${e2e},${ttft},${prompt},${decode},0,${arrived},replica-${i % replicas}`);
	}
	writeFileSync(join(folder, 'request_metrics.csv'), `${rows.join('\n')}\n`);
}
