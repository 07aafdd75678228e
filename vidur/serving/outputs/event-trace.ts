import { join } from 'node:path';
import { membersOf } from '../record.ts';
import type { RunRecord } from '../run.ts';
import { BatchCursor } from './batch-cursor.ts';
import type { BatchIds } from './batch-order.ts';
import { ByteFile } from './byte-file.ts';
import {
	BATCH_END,
	BATCH_STAGE_ARRIVAL,
	BATCH_STAGE_END,
	EventHeap,
	GLOBAL_SCHEDULE,
	REPLICA_SCHEDULE,
	REPLICA_STAGE_SCHEDULE,
	REQUEST_ARRIVAL,
	type VidurEvent,
} from './event-heap.ts';

/**
 * `event_trace.json`: every event of Vidur's loop in its order, as `to_dict` has it. The loop is gone through once more:
 * what its schedulers decided and how long batches took is in the record.
 */
export function writeEventTrace(folder: string, run: RunRecord, ids: BatchIds): void {
	const file = new ByteFile(join(folder, 'event_trace.json')).text('[');
	let separator = '';
	new EventLoop(run, ids).run((event, more) => {
		file.text(separator).text('{"time": ').number(event.atS);
		file.text(`, "event_type": ${event.kind}${more}}`);
		separator = ', ';
	});
	file.text(']').close();
}

/** A stage of a replica on its way through its batches. */
interface Stage {
	readonly queue: number[];
	readonly next: BatchCursor;
	isBusy: boolean;
}

interface Replica {
	readonly stages: readonly Stage[];
	/** The batches in the order in which they were formed; stands at the first that is not formed yet. */
	readonly forming: BatchCursor;
	hasMore: boolean;
	/** Requests of the batches in flight, by their numbers. */
	readonly inFlight: Map<number, readonly number[]>;
}

/** Takes an event with what its text says beside time and kind. */
type Write = (event: VidurEvent, more: string) => void;

const NOTHING = { replica: -1, stage: -1, subject: -1, batchStage: -1 };

class EventLoop {
	readonly #run: RunRecord;
	readonly #ids: BatchIds;
	readonly #heap = new EventHeap();
	readonly #replicas: readonly Replica[];
	/** Arrived and not yet given to a replica. */
	#arrived: number[] = [];
	/** Requests that a batch may be formed of. */
	readonly #isFree: Uint8Array;
	#batchStages = 0;

	constructor(run: RunRecord, ids: BatchIds) {
		this.#run = run;
		this.#ids = ids;
		this.#isFree = new Uint8Array(run.requests.arrivedAtS.length);
		this.#replicas = run.replicas.map((record) => {
			const forming = new BatchCursor(record, 0);
			const stages = record.stages.map((_, stage) => {
				const next = new BatchCursor(record, stage);
				return { queue: [], next, isBusy: false };
			});
			return { stages, forming, hasMore: forming.next(), inFlight: new Map() };
		});
	}

	/** Goes on until nothing happens any more, or for one event beyond the time limit. */
	run(write: Write): void {
		const { arrivedAtS } = this.#run.requests;
		// Arrivals were events before all others, so that at one time they are first.
		let request = 0;
		for (let isOver = false; !isOver; ) {
			const arrivalS = request < arrivedAtS.length ? arrivedAtS.at(request) : Infinity;
			const event =
				arrivalS <= this.#heap.firstS && arrivalS !== Infinity
					? { ...NOTHING, atS: arrivalS, kind: REQUEST_ARRIVAL, subject: request++ }
					: this.#heap.pop();
			if (event === undefined) return;
			write(event, this.#handle(event));
			isOver = event.atS > this.#run.limitS;
		}
	}

	#handle(event: VidurEvent): string {
		switch (event.kind) {
			case REQUEST_ARRIVAL:
				this.#arrived.push(event.subject);
				this.#follow(event, { kind: GLOBAL_SCHEDULE });
				return `, "request": ${event.subject}`;
			case GLOBAL_SCHEDULE:
				return this.#schedule(event);
			case REPLICA_SCHEDULE:
				return this.#form(event);
			case BATCH_STAGE_ARRIVAL:
				this.#stage(event).queue.push(event.subject);
				this.#follow(event, { kind: REPLICA_STAGE_SCHEDULE, subject: -1 });
				return `, "replica_id": ${event.replica}, "stage_id": ${event.stage}, "batch_id": ${this.#id(event)}`;
			case REPLICA_STAGE_SCHEDULE:
				return this.#begin(event);
			case BATCH_STAGE_END:
				return this.#endStage(event);
			default:
				return this.#endBatch(event);
		}
	}

	#schedule(event: VidurEvent): string {
		const arrived = this.#arrived;
		this.#arrived = [];
		const replicaOf = (request: number) => this.#run.assignment?.[request] as number;
		const replicas = [...new Set(arrived.map(replicaOf))].sort((a, b) => a - b);
		for (const request of arrived) this.#isFree[request] = 1;
		for (const replica of replicas) this.#follow(event, { kind: REPLICA_SCHEDULE, replica });
		const mapping = arrived.map((request) => `[${replicaOf(request)}, ${request}]`);
		return `, "replica_set": [${replicas.join(', ')}], "request_mapping": [${mapping.join(', ')}]`;
	}

	#form(event: VidurEvent): string {
		const replica = this.#replica(event);
		const { forming, stages } = replica;
		const batches: number[] = [];
		while (
			replica.hasMore &&
			forming.formedS === event.atS &&
			replica.inFlight.size < stages.length
		) {
			const { requests } = membersOf(forming.record, forming.run);
			// A batch of requests of one that ends at this very time is formed after that.
			if (requests.some((request) => this.#isFree[request] === 0)) break;
			for (const request of requests) this.#isFree[request] = 0;
			const subject = forming.number;
			replica.inFlight.set(subject, requests);
			batches.push(this.#ids(event.replica, subject));
			this.#follow(event, { kind: BATCH_STAGE_ARRIVAL, stage: 0, subject });
			replica.hasMore = forming.next();
		}
		return `, "replica_id": ${event.replica}, "batch_ids": [${batches.join(', ')}]`;
	}

	#begin(event: VidurEvent): string {
		const stage = this.#stage(event);
		const subject = stage.isBusy ? undefined : stage.queue.shift();
		if (subject === undefined || !stage.next.next())
			return `${place(event)}, "batch_id": null, "batch_stage_id": null, "is_last_stage": null`;
		stage.isBusy = true;
		const { endS, durationS } = stage.next;
		const began = { ...event, subject, batchStage: this.#batchStages++ };
		// One that the limit cut off has no end in the record.
		const atS = Number.isNaN(endS) ? event.atS + durationS : endS;
		this.#follow(began, { kind: BATCH_STAGE_END, atS });
		return place(event) + this.#onStage(began);
	}

	#endStage(event: VidurEvent): string {
		const { stages } = this.#replica(event);
		this.#stage(event).isBusy = false;
		this.#follow(event, { kind: REPLICA_STAGE_SCHEDULE, subject: -1, batchStage: -1 });
		if (event.stage === stages.length - 1) this.#follow(event, { kind: BATCH_END });
		else this.#follow(event, { kind: BATCH_STAGE_ARRIVAL, stage: event.stage + 1 });
		return place(event) + this.#onStage(event);
	}

	#endBatch(event: VidurEvent): string {
		const { inFlight } = this.#replica(event);
		for (const request of inFlight.get(event.subject) ?? []) this.#isFree[request] = 1;
		inFlight.delete(event.subject);
		this.#follow(event, { kind: REPLICA_SCHEDULE });
		return `, "batch_id": ${this.#id(event)}`;
	}

	#onStage(event: VidurEvent): string {
		const isLast = event.stage === this.#replica(event).stages.length - 1;
		return `, "batch_id": ${this.#id(event)}, "batch_stage_id": ${event.batchStage}, "is_last_stage": ${isLast}`;
	}

	#follow(event: VidurEvent, change: Partial<VidurEvent>): void {
		this.#heap.push({ ...event, ...change });
	}

	#replica({ replica }: VidurEvent): Replica {
		return this.#replicas[replica] as Replica;
	}

	#stage(event: VidurEvent): Stage {
		return this.#replica(event).stages[event.stage] as Stage;
	}

	#id({ replica, subject }: VidurEvent): number {
		return this.#ids(replica, subject);
	}
}

function place({ replica, stage }: VidurEvent): string {
	return `, "replica_id": ${replica}, "stage_id": ${stage}`;
}
