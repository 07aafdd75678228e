import { SimulationError } from '../../protocol/errors.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import { blockRows, ColumnBuffer } from './column-buffer.ts';
import type { OutputPort } from './contract.ts';
import type { PortMoment } from './moment.ts';
import type { WireQueue } from './wire-queue.ts';

/**
 * The producer's end of a port: copies each row to the wires that end in the same host and buffers it for
 * those that leave it. Rows for wires inside a feedback loop leave after every step, rows for all others
 * in blocks.
 */
export class PortWriter implements OutputPort {
	readonly spec: PortSpec;
	readonly actor: string;
	promisedUs: SimTime = 0;
	/** What of it is sent to other hosts. */
	saidUs: SimTime = 0;
	/** Blocks sent. */
	blockSeq = 0;
	/** Rows for consumers in the same loop in other hosts, null when there are none. */
	loop: ColumnBuffer | null = null;
	/** Rows for all other consumers in other hosts, null when there are none. */
	block: ColumnBuffer | null = null;
	/** What others shall hear leaves at once, not in blocks. */
	isLive = false;
	private local: WireQueue[] = [];
	private lastUs: SimTime = 0;
	private readonly fullRows: number;

	constructor(actor: string, spec: PortSpec) {
		this.actor = actor;
		this.spec = spec;
		this.fullRows = blockRows(spec.fields.length);
	}

	addLocal(queue: WireQueue): void {
		this.local.push(queue);
	}

	sendsLoop(): void {
		this.loop ??= new ColumnBuffer(this.spec.fields.length);
	}

	/** @param isLive whether one of them waits for rows as they come */
	sendsBlocks(isLive = false): void {
		this.block ??= new ColumnBuffer(this.spec.fields.length);
		this.isLive ||= isLive;
	}

	append(timeUs: SimTime, values: ArrayLike<number>): void {
		if (timeUs < this.lastUs || timeUs < this.promisedUs) this.refuse(timeUs);
		this.lastUs = timeUs;
		for (let i = 0; i < this.local.length; i++) {
			(this.local[i] as WireQueue).push(timeUs, values, 0, 1);
		}
		if (this.loop !== null) this.loop.append(timeUs, values);
		if (this.block !== null) this.block.append(timeUs, values);
	}

	/** Promises to say nothing more before `untilUs`. */
	promise(untilUs: SimTime): void {
		if (untilUs <= this.promisedUs) return;
		this.promisedUs = untilUs;
		for (let i = 0; i < this.local.length; i++) (this.local[i] as WireQueue).promise(untilUs);
	}

	/**
	 * Says to other hosts what is promised, but nothing of later windows: so whoever has heard of a window's end has heard
	 * all of it, and nothing is on its way between two windows. True if it is more than was said.
	 */
	say(windowEndUs: SimTime): boolean {
		const untilUs = this.promisedUs < windowEndUs ? this.promisedUs : windowEndUs;
		const isMore = untilUs > this.saidUs;
		if (isMore) this.saidUs = untilUs;
		return isMore;
	}

	/** True if so many rows have gathered, or on a live port any news, that they are sent before the window's end. */
	hasBlock(windowEndUs: SimTime): boolean {
		const rows = this.block?.rows ?? 0;
		if (!this.isLive) return rows >= this.fullRows;
		return rows > 0 || Math.min(this.promisedUs, windowEndUs) > this.saidUs;
	}

	takeMoment(): PortMoment {
		const { promisedUs, lastUs, saidUs, blockSeq } = this;
		const loop = this.loop?.takeMoment() ?? new Uint8Array();
		const block = this.block?.takeMoment() ?? new Uint8Array();
		return { port: this.spec.name, promisedUs, lastUs, saidUs, blockSeq, loop, block };
	}

	/**
	 * Goes on from a moment at the end of a window, where all that leaves the host was sent: wherever its consumers are now,
	 * others know what was said of that window, and messages are counted anew.
	 */
	beginAt(moment: PortMoment, windowStartUs: SimTime): void {
		this.putMoment({ ...moment, saidUs: windowStartUs, blockSeq: 0 });
	}

	/** Once all consumers begin: they know no more than the window's start, and the port may have promised more. */
	promiseAgain(): void {
		for (const queue of this.local) queue.promise(this.promisedUs);
	}

	putMoment(moment: PortMoment): void {
		this.promisedUs = moment.promisedUs;
		this.lastUs = moment.lastUs;
		this.saidUs = moment.saidUs;
		this.blockSeq = moment.blockSeq;
		this.loop?.putMoment(moment.loop);
		this.block?.putMoment(moment.block);
	}

	private refuse(timeUs: SimTime): never {
		const limitUs = Math.max(this.lastUs, this.promisedUs);
		throw new SimulationError(
			`Cannot put out a row of "${this.actor}.${this.spec.name}" for ${formatSimTime(timeUs)}: ` +
				`it already spoke for times up to ${formatSimTime(limitUs)}`,
			{ actor: this.actor, timeUs },
		);
	}
}
