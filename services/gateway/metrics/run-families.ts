import type { RunState } from '../../../protocol/status-messages.ts';
import { type Family, known } from './family.ts';

/** How runs stand: what their coordinators say, beside the simulation. */
export function runFamilies(states: readonly RunState[]): Family[] {
	const of = (
		type: 'gauge' | 'counter',
		name: string,
		help: string,
		value: (state: RunState) => number,
	): Family => ({
		...{ name: `gridbeat_run_${name}`, type, help },
		samples: known(states.map((state) => ({ labels: { run: state.run }, value: value(state) }))),
	});
	const families = [
		of('gauge', 'paused', 'Whether it is paused, 1 or 0.', ({ phase }) =>
			phase === 'paused' ? 1 : 0,
		),
		of(
			'gauge',
			'speed_ratio',
			'Simulated seconds for each real second that are wanted; no sample: as fast as possible.',
			({ pace }) => pace ?? Number.NaN,
		),
		of(
			'gauge',
			'lag_seconds',
			'How far it is behind the real time that it keeps to; no sample: it keeps to none.',
			({ lagMs }) => (lagMs === null ? Number.NaN : lagMs / 1000),
		),
		of(
			'counter',
			'elapsed_seconds_total',
			'Real time since this process began it or went on with it.',
			({ elapsedMs }) => elapsedMs / 1000,
		),
		of('counter', 'setbacks_total', 'Times that it went back.', ({ setbacks }) => setbacks),
		of('counter', 'checkpoints_total', 'Checkpoints kept.', ({ checkpoints }) => checkpoints),
		of(
			'counter',
			'messages_refused_total',
			'Messages that were refused.',
			({ refused }) => refused,
		),
		memory(states),
	];
	return families.filter(({ samples }) => samples.length > 0);
}

function memory(states: readonly RunState[]): Family {
	return {
		...{ name: 'gridbeat_host_memory_bytes', type: 'gauge' },
		help: 'Main memory of the process of a host.',
		samples: states.flatMap(({ run, hosts }) =>
			known(
				hosts.map(({ host, memoryBytes }) => ({
					labels: { run, host },
					value: memoryBytes ?? Number.NaN,
				})),
			),
		),
	};
}
