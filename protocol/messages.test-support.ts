import { columnsToBytes } from './codec.ts';
import type { Message } from './messages.ts';

const wire = {
	from: { actor: 'a', port: 'x' },
	to: { actor: 'b', port: 'y' },
	delayUs: 5,
	initial: [1, Number.POSITIVE_INFINITY],
};
const port = { name: 'x', kind: 'interval', fields: [{ name: 'power', unit: 'W' }] } as const;

const refusals = { count: 2, duplicates: 1, named: ['a message on s: why'] };

/** One of each message. */
export const EXAMPLES: { readonly [T in Message['type']]: Extract<Message, { type: T }> } = {
	hello: {
		...{ type: 'hello', version: 1, host: 'h', kinds: ['solar'], machine: 'm', pid: 1 },
		program: { name: 'gridbeat', version: '0.1.0+0a' },
		...{ publicKey: new Uint8Array(32), challenge: new Uint8Array([1]) },
	},
	challenge: { type: 'challenge', run: 'r', nonce: new Uint8Array([1, 2]) },
	welcome: {
		type: 'welcome',
		version: 1,
		run: 'r',
		host: 'h',
		seat: 0,
		seed: '1',
		untilUs: 10,
		actors: [{ name: 'a', kind: 'solar', host: 'h', config: { deep: [1, null, 'x'] } }],
		wires: [wire],
		messageKey: { from: new Uint8Array(32), sealed: new Uint8Array([1]) },
	},
	refused: { type: 'refused', reason: 'full', retry: true },
	presence: { type: 'presence', host: 'h', seat: 0, leaves: true },
	ready: {
		type: 'ready',
		host: 'h',
		seat: 0,
		actors: [
			{
				name: 'a',
				alignUs: 0,
				alignedPorts: ['x'],
				inputs: [],
				outputs: [{ ...port, fields: [...port.fields] }],
			},
		],
	},
	wired: { type: 'wired', components: [['a'], ['b', 'c']] },
	grant: { type: 'grant', attempt: 0, window: 1, fromUs: 0, untilUs: 10, keep: false },
	restore: {
		...{ type: 'restore', attempt: 1, window: 2, fromUs: 20 },
		objects: [{ name: '0.2.h', sha256: '0a'.repeat(32) }],
	},
	done: { type: 'done', host: 'h', attempt: 0, window: 1, steps: 3, kept: null, refusals },
	failed: {
		type: 'failed',
		host: 'h',
		actor: null,
		timeUs: null,
		cause: 'simulation',
		message: 'm',
	},
	stop: { type: 'stop', outcome: 'complete', reason: 'r', simulatedUntilUs: 10 },
	stopped: { type: 'stopped', host: 'h', refusals },
	replaced: { type: 'replaced', host: 'h' },
	ok: { type: 'ok' },
	heard: { type: 'heard' },
	status: { type: 'status' },
	'run-state': {
		...{
			type: 'run-state',
			run: 'r',
			phase: 'running',
			pace: 2,
			lagMs: 0.5,
			attempt: 1,
			window: 3,
		},
		...{ completedUs: 30, windowUntilUs: 40, untilUs: 90, fromUs: 0, elapsedMs: 1.5 },
		...{ setbacks: 1, checkpoints: 2, checkpointUs: 20, refused: 0, duplicates: 0 },
		hosts: [
			{
				...{ host: 'h', stage: 'simulating', machine: 'm', pid: 1, memoryBytes: 7 },
				...{ actors: [{ name: 'a', progressUs: 31, waits: [] }], names: ['a'] },
			},
		],
	},
	'status-report': {
		type: 'status-report',
		host: 'h',
		carriesOut: 'grant',
		actors: [{ name: 'a', progressUs: 1, waits: [{ from: 'b.x', actor: 'b', knownUntilUs: 1 }] }],
	},
	control: { type: 'control', command: 'pace', factor: 2 },
	proposal: {
		...{ type: 'proposal', host: 'h', seat: 0, actor: 'carbon' },
		command: {
			...{ type: 'signal', actor: 'carbon', quantity: 'carbon', unit: 'g/kWh' },
			points: [{ fromMs: 1_700_000_000_000, value: 312.5, isForecast: false }],
			...{ receivedAtMs: 1_700_000_000_500, from: 'https://example.org/intensity' },
		},
	},
	progress: { type: 'progress', actor: 'recorder', timeUs: 1, values: { loadW: 1, soc: null } },
	outputs: {
		type: 'outputs',
		attempt: 0,
		actor: 'a',
		seq: 0,
		ports: [{ port: 'x', untilUs: 5, columns: columnsToBytes(new Float64Array([0, 1])) }],
	},
	'jobs-wanted': { type: 'jobs-wanted', program: '0.1.0+a', worker: 'host:1' },
	job: {
		type: 'job',
		program: '0.1.0+a',
		kind: 'run',
		hash: '0a',
		spec: { deep: [1, null, 'x'] },
		folder: null,
		command: 'gridbeat run',
		tries: 3,
	},
	'job-word': { type: 'job-word', job: 'job-0a', worker: 'host:1', part: 0.5, count: 1 },
	'job-over': { type: 'job-over', job: 'job-0a', worker: 'host:1', reason: null },
	'job-result': {
		...{ type: 'job-result', job: 'job-0a', hash: '0a', worker: 'host:1' },
		...{ outcome: { result: { a: 1 } }, parts: 'parts-1', files: [{ path: 'a/b.csv', bytes: 2 }] },
		sha256: '0a'.repeat(32),
	},
};
