import type { Command } from 'commander';
import { NoResponderError, RequestTimeoutError } from '../kernel/bus/bus.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import { sealBus } from '../kernel/bus/sealed-bus.ts';
import { EXIT } from '../kernel/host/program.ts';
import { decode, encode } from '../protocol/codec.ts';
import { ConfigError, SimulationError } from '../protocol/errors.ts';
import type { Control } from '../protocol/messages.ts';
import { runSubjects } from '../protocol/subjects.ts';
import { readAccess } from '../run/launch/run-access.ts';

const ANSWER_MS = 10_000;
const COMMANDS = ['pause', 'resume', 'stop'] as const;

/** Adds `gridbeat control`; `set` takes the exit code. */
export function addControl(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	gridbeat
		.command('control')
		.description(
			'pause, resume or stop a run that you have started on this machine, or set its pace',
		)
		.argument('<run>', 'its id, as in metadata.yaml')
		.argument('<what>', 'pause, resume, stop, or pace')
		.argument('[factor]', 'simulated seconds per real second, or max')
		.action((run: string, what: string, factor?: string) =>
			set(controlRun(run, asked(what, factor))),
		);
}

function asked(what: string, factor: string | undefined): Control {
	const type = 'control';
	const command = COMMANDS.find((one) => one === what);
	if (command !== undefined && factor === undefined) return { type, command };
	if (what !== 'pace')
		throw new ConfigError(
			`Cannot control a run by "${[what, factor].join(' ').trim()}": give ${COMMANDS.join(', ')}, or pace FACTOR`,
		);
	if (factor === 'max') return { type, command: 'pace', factor: null };
	const number = Number(factor);
	if (!(number > 0) || !Number.isFinite(number))
		throw new ConfigError(
			`Cannot use the pace "${factor ?? ''}": give simulated seconds per real second, such as 600, or max`,
		);
	return { type, command: 'pace', factor: number };
}

/**
 * Asks a run of this user for something, with its control key.
 *
 * @throws ConfigError for a run that is not there; SimulationError if it does not answer
 */
async function controlRun(run: string, control: Control): Promise<number> {
	const access = readAccess(run);
	const bus = await connectNats(access.nats, `control/${process.pid}`);
	try {
		const sealed = sealBus(bus, Buffer.from(access.controlKey, 'base64'));
		const answer = await sealed.request(runSubjects(run).control, encode(control), ANSWER_MS);
		const message = decode(answer, 'ok', 'refused');
		if (message.type === 'refused')
			throw new ConfigError(`Cannot control the run "${run}": ${message.reason}`);
		return EXIT.done;
	} catch (error) {
		if (error instanceof NoResponderError || error instanceof RequestTimeoutError)
			throw new SimulationError(`Cannot control the run "${run}": it does not answer`);
		throw error;
	} finally {
		await bus.close().catch(() => {});
	}
}
