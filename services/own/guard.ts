import type { OutputPort, Outputs, TimeActor } from '../../kernel/actor/contract.ts';
import { SimulationError } from '../../protocol/errors.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { formatSimTime, type Span } from '../../protocol/time.ts';
import { valueProblem } from './limits.ts';
import { reasonOf } from './load.ts';
import { plainProblem } from './plain.ts';

/** Whose actor it is, for messages. */
export interface Whose {
	readonly name: string;
	/** File name of the module. */
	readonly module: string;
}

/**
 * An actor of the user's that keeps to the contract or ends the run: each step puts out one row a port, of numbers, and
 * returns its state, plain data. States are looked through at the start, after the first step and at the end of windows.
 */
export function guarded(actor: TimeActor, whose: Whose): TimeActor {
	const { name, module } = whose;
	const fail = (timeUs: number, what: string, cause?: unknown): never => {
		const where = { actor: name, timeUs };
		throw new SimulationError(
			`Cannot go on with "${name}" (${module}) at ${formatSimTime(timeUs)}: ${what}`,
			where,
			{ cause },
		);
	};
	const ports = actor.outputs.map((port) => new GuardedPort(port, fail));
	let isFirst = true;
	const checkState = (state: unknown, timeUs: number): void => {
		const problem = state === undefined ? 'there is none' : plainProblem(state);
		if (problem !== null)
			fail(
				timeUs,
				`its state is no plain data: ${problem}; return numbers, texts, lists and objects`,
			);
	};
	const { windowDone, finish } = actor;
	return {
		timing: 'time',
		stepUs: actor.stepUs,
		inputs: actor.inputs,
		outputs: actor.outputs,
		init() {
			let state: unknown;
			try {
				state = actor.init();
			} catch (error) {
				fail(0, `init threw: ${reasonOf(error)}`, error);
			}
			checkState(state, 0);
			return state;
		},
		step(state, span, inputs, outputs) {
			for (let i = 0; i < ports.length; i++) ports[i]?.begin(span, outputs, i);
			let next: unknown;
			try {
				next = actor.step(state, span, inputs, ports);
			} catch (error) {
				if (error instanceof SimulationError) throw error;
				fail(span.fromUs, `step threw: ${reasonOf(error)}`, error);
			}
			for (const port of ports) port.end(span);
			if (next === undefined) fail(span.fromUs, 'step returned nothing; return the state');
			if (isFirst) checkState(next, span.fromUs);
			isFirst = false;
			return next;
		},
		windowDone(state, untilUs) {
			checkState(state, untilUs);
			windowDone?.call(actor, state, untilUs);
		},
		...(finish === undefined ? {} : { finish: finish.bind(actor) }),
	};
}

/** An output that takes one row a step, at its start. */
class GuardedPort implements OutputPort {
	readonly #spec: PortSpec;
	readonly #fail: (timeUs: number, what: string) => never;
	#to: OutputPort | undefined;
	#span: Span = { fromUs: 0, untilUs: 0 };
	#rows = 0;

	constructor(spec: PortSpec, fail: (timeUs: number, what: string) => never) {
		this.#spec = spec;
		this.#fail = fail;
	}

	begin(span: Span, outputs: Outputs, index: number): void {
		this.#span = span;
		this.#to = outputs[index];
		this.#rows = 0;
	}

	append(timeUs: number, values: ArrayLike<number>): void {
		const { name, fields } = this.#spec;
		const { fromUs } = this.#span;
		if (timeUs !== fromUs || ++this.#rows > 1)
			this.#fail(fromUs, `it put out a row of "${name}" too many; give one a step, at span.fromUs`);
		if (values.length !== fields.length)
			this.#fail(
				fromUs,
				`it put out ${values.length} values as "${name}"; give ${fields.length}: ${fields.map((field) => field.name).join(', ')}`,
			);
		for (let i = 0; i < fields.length; i++)
			if (typeof values[i] !== 'number' || !Number.isFinite(values[i]))
				this.#fail(
					fromUs,
					`it put out ${String(values[i])} as "${fields[i]?.name}" of "${name}"; give a finite number`,
				);
		const problem = valueProblem(name, values[0] as number);
		if (problem !== null) this.#fail(fromUs, problem);
		this.#to?.append(timeUs, values);
	}

	end({ fromUs }: Span): void {
		if (this.#rows === 0)
			this.#fail(fromUs, `it put out no row of "${this.#spec.name}"; give one a step`);
	}
}
