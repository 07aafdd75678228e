import { namedPrng } from '../../kernel/actor/random.ts';
import type { RouterPolicy } from '../../protocol/scenario/parts.ts';
import type { Request } from '../../services/replica/engine/admission.ts';
import type { Machine, MachineState } from '../../services/replica/engine/machine.ts';
import { createReport } from '../../services/replica/engine/step-report.ts';
import { leastOutstanding, randomChoice, roundRobin } from '../../services/router/policies.ts';

/** What the GPUs did between two times, means over all replicas. */
export interface Usage {
	/** Of one GPU. */
	readonly gpuPowerW: number;
	readonly mfu: number;
	readonly busy: number;
}

export interface MeteredRun {
	readonly policy: RouterPolicy;
	/** For the policy `random`. */
	readonly seed: string;
	readonly fromS: number;
	readonly untilS: number;
	/** `row` is in the order of `requestMetricNames` and is used again. */
	completed(atS: number, row: Float64Array): void;
}

/**
 * Runs replicas through requests to the last completion, routed as the router of a run does, and meters the
 * GPUs between `fromS` and `untilS`. The metering changes no completion: an engine's times do not depend on
 * how it is asked.
 */
export function runMetered(
	machines: readonly Machine[],
	requests: readonly Request[],
	run: MeteredRun,
): Usage {
	const cluster = new Cluster(machines, run);
	for (const request of requests) {
		cluster.meterBefore(request.arrivedAtS);
		cluster.route(request);
	}
	cluster.meterBefore(Number.POSITIVE_INFINITY);
	cluster.advance(Number.POSITIVE_INFINITY);
	return cluster.usage;
}

class Cluster {
	readonly #machines: readonly Machine[];
	readonly #states: MachineState[];
	readonly #run: MeteredRun;
	readonly #routing;
	readonly #assigned: number[];
	#routed = 0;
	usage: Usage = { gpuPowerW: Number.NaN, mfu: Number.NaN, busy: Number.NaN };
	#metersAtS: number[];

	constructor(machines: readonly Machine[], run: MeteredRun) {
		this.#machines = machines;
		this.#states = machines.map((machine) => machine.create());
		this.#run = run;
		this.#routing = namedPrng(`${run.seed}/router/routing`);
		this.#assigned = machines.map(() => 0);
		this.#metersAtS = run.untilS > run.fromS ? [run.fromS, run.untilS] : [];
	}

	route(request: Request): void {
		const { policy } = this.#run;
		const count = this.#machines.length;
		let chosen = 0;
		if (policy === 'round_robin') chosen = roundRobin(this.#routed, count);
		else if (policy === 'random') chosen = randomChoice(this.#routing, count);
		else {
			this.advance(request.arrivedAtS);
			const completed = this.#machines.map((one, i) =>
				one.completed(this.#states[i] as MachineState),
			);
			chosen = leastOutstanding(this.#assigned, completed);
		}
		this.#routed++;
		this.#assigned[chosen] = (this.#assigned[chosen] as number) + 1;
		this.#machines[chosen]?.submit(this.#states[chosen] as MachineState, request);
	}

	advance(untilS: number): void {
		this.#machines.forEach((machine, i) => {
			machine.advance(this.#states[i] as MachineState, untilS, this.#run);
		});
	}

	/** Reads the meters whose time comes before `timeS`. */
	meterBefore(timeS: number): void {
		while (this.#metersAtS.length > 0 && (this.#metersAtS[0] as number) <= timeS) {
			const atS = this.#metersAtS.shift() as number;
			this.advance(atS);
			this.usage = this.#read(atS);
		}
	}

	#read(atS: number): Usage {
		const report = createReport();
		const sum = { gpuPowerW: 0, mfu: 0, busy: 0 };
		this.#machines.forEach((machine, i) => {
			machine.closeStep(this.#states[i] as MachineState, atS, report);
			sum.gpuPowerW += report.gpuPowerW / this.#machines.length;
			sum.mfu += report.mfu / this.#machines.length;
			sum.busy += report.busy / this.#machines.length;
		});
		return sum;
	}
}
