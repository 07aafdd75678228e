import type { RunEvent } from '../protocol/run-events.ts';
import { type SimTime, usToSeconds } from '../protocol/time.ts';
import { LineFile } from './line-file.ts';

/** Text waits until there is so much of it. */
const GATHER_BYTES = 64 * 1024;
/** What can still be opened; of windows that come then there is no more. */
const BYTES_MAX = 256 * 1024 ** 2;
/** Tracks that are nobody's in particular; those of hosts come after them. */
const RUN_TRACK = 0;
const CHECKPOINT_TRACK = 1;

type Granted = Extract<RunEvent, { event: 'granted' }>;

/** A window that is being simulated, and when each host was done with it. */
interface OpenWindow extends Granted {
	readonly atUs: number;
	readonly doneUs: Map<string, number>;
	/** Whom the others waited for. */
	last: string;
}

export interface TraceOptions {
	/** Monotonic real time in milliseconds. */
	nowMs(): number;
	/** Hears that something could not be written. */
	notice(text: string): void;
	/** Of the file, about; default: 256 MiB. */
	readonly bytesMax?: number;
}

/**
 * Windows of a run over real time in Chrome's trace event format, for ui.perfetto.dev and chrome://tracing: a track for each
 * host, with a slice from the grant of a window until it is done and one while it waits for others, and tracks for the whole run
 * and its checkpoints. Simulated time is beside each slice and a counter of its own. Times of the file are microseconds of real time.
 */
export class WindowTrace {
	readonly #file: LineFile;
	readonly #options: TraceOptions;
	readonly #beganMs: number;
	readonly #tracks = new Map<string, number>();
	readonly #joinedUs = new Map<string, number>();
	#begunUs: number | null = null;
	#open: OpenWindow | null = null;
	/** A run that goes back: since when, and why. */
	#setback: { readonly atUs: number; readonly args: object } | null = null;
	#bytes = 0;
	#leftOut = 0;

	/** @throws ConfigError if the file cannot be made */
	constructor(path: string, options: TraceOptions) {
		this.#options = options;
		const { notice } = options;
		this.#file = new LineFile(path, {
			...{ what: 'trace', append: false, gatherBytes: GATHER_BYTES, notice },
		});
		this.#beganMs = options.nowMs();
		this.#nameTrack(RUN_TRACK, 'run');
		this.#nameTrack(CHECKPOINT_TRACK, 'checkpoints');
	}

	event(event: RunEvent): void {
		const atUs = this.#nowUs();
		switch (event.event) {
			case 'begun':
				this.#begunUs = atUs;
				break;
			case 'joined':
				this.#joined(event, atUs);
				break;
			case 'ready': {
				const ts = this.#joinedUs.get(event.host) ?? atUs;
				this.#slice('makes its actors', this.#trackOf(event.host), [ts, atUs], {});
				break;
			}
			case 'granted':
				this.#open = { ...event, atUs, doneUs: new Map(), last: '' };
				break;
			case 'done':
				this.#done(event, atUs);
				break;
			case 'completed':
				this.#completed(event.untilUs, atUs);
				break;
			case 'checkpoint': {
				const { event: _, tookMs, fromUs, ...args } = event;
				const since = Math.max(0, atUs - Math.round(1000 * tookMs));
				const what = { ...args, from_s: usToSeconds(fromUs) };
				this.#slice(`checkpoint ${event.window}`, CHECKPOINT_TRACK, [since, atUs], what);
				break;
			}
			case 'setback':
				this.#setBack(event, atUs);
				break;
			case 'restored':
				this.#restored(event, atUs);
				break;
			case 'ended':
				this.#ended(event, atUs);
				break;
			default: {
				const { event: name, ...args } = event;
				const track = name === 'no-checkpoint' ? CHECKPOINT_TRACK : RUN_TRACK;
				this.#instant(name, track, atUs, args);
			}
		}
	}

	close(): void {
		this.#file.write('\n]\n');
		this.#file.close();
		if (this.#leftOut > 0)
			this.#options.notice(`The trace is full: it lacks the last ${this.#leftOut} windows`);
	}

	#joined({ host, ...event }: Extract<RunEvent, { event: 'joined' }>, atUs: number): void {
		this.#joinedUs.set(host, atUs);
		const { event: name, ...args } = event;
		this.#instant(name, this.#trackOf(host), atUs, args);
	}

	#done({ host, steps }: Extract<RunEvent, { event: 'done' }>, atUs: number): void {
		const open = this.#open;
		if (open === null) return;
		open.doneUs.set(host, atUs);
		open.last = host;
		if (this.#isFull) return;
		const args = { ...argsOf(open), steps };
		this.#slice(`window ${open.window}`, this.#trackOf(host), [open.atUs, atUs], args);
	}

	#completed(untilUs: SimTime, atUs: number): void {
		const open = this.#open;
		this.#open = null;
		if (open === null) return;
		if (this.#isFull) {
			this.#leftOut++;
			return;
		}
		const args = { window: open.window };
		for (const [host, doneUs] of open.doneUs)
			if (atUs > doneUs)
				this.#slice(`waits for ${open.last}`, this.#trackOf(host), [doneUs, atUs], args);
		const whole = { ...argsOf(open), last: open.last };
		this.#slice(`window ${open.window}`, RUN_TRACK, [open.atUs, atUs], whole);
		this.#counter('simulated time', atUs, { seconds: usToSeconds(untilUs) });
	}

	/** What was being simulated counts for nothing. */
	#setBack(
		{ event: name, fromUs, ...event }: Extract<RunEvent, { event: 'setback' }>,
		atUs: number,
	): void {
		const open = this.#open;
		this.#open = null;
		if (open !== null) {
			const what = `window ${open.window}, given up`;
			const late = [...this.#tracks].filter(([host]) => !open.doneUs.has(host));
			for (const track of [RUN_TRACK, ...late.map(([, track]) => track)])
				this.#slice(what, track, [open.atUs, atUs], argsOf(open));
		}
		const args = { ...event, from_s: usToSeconds(fromUs) };
		this.#instant(name, RUN_TRACK, atUs, args);
		this.#setback ??= { atUs, args };
	}

	#restored(event: Extract<RunEvent, { event: 'restored' }>, atUs: number): void {
		const { attempt, fromUs } = event;
		if (this.#setback !== null) {
			const args = { ...this.#setback.args, attempt };
			this.#slice('goes back', RUN_TRACK, [this.#setback.atUs, atUs], args);
		}
		this.#setback = null;
		this.#instant('restored', RUN_TRACK, atUs, { attempt, from_s: usToSeconds(fromUs) });
		this.#counter('simulated time', atUs, { seconds: usToSeconds(fromUs) });
	}

	#ended({ event: _, ...args }: Extract<RunEvent, { event: 'ended' }>, atUs: number): void {
		this.#slice('run', RUN_TRACK, [this.#begunUs ?? 0, atUs], args);
	}

	get #isFull(): boolean {
		return this.#bytes >= (this.#options.bytesMax ?? BYTES_MAX);
	}

	#nowUs(): number {
		return Math.round(1000 * (this.#options.nowMs() - this.#beganMs));
	}

	#trackOf(host: string): number {
		const known = this.#tracks.get(host);
		if (known !== undefined) return known;
		const track = CHECKPOINT_TRACK + 1 + this.#tracks.size;
		this.#tracks.set(host, track);
		this.#nameTrack(track, host);
		return track;
	}

	#nameTrack(tid: number, name: string): void {
		this.#add({ ph: 'M', tid, ts: 0, name: 'thread_name', args: { name } });
		this.#add({ ph: 'M', tid, ts: 0, name: 'thread_sort_index', args: { sort_index: tid } });
	}

	#slice(name: string, tid: number, [ts, end]: readonly [number, number], args: object): void {
		this.#add({ ph: 'X', tid, ts, dur: end - ts, name, args });
	}

	#instant(name: string, tid: number, ts: number, args: object): void {
		this.#add({ ph: 'i', s: tid === RUN_TRACK ? 'p' : 't', tid, ts, name, args });
	}

	#counter(name: string, ts: number, args: object): void {
		this.#add({ ph: 'C', tid: RUN_TRACK, ts, name, args });
	}

	#add(entry: object): void {
		const text = `${this.#bytes === 0 ? '[' : ','}\n${JSON.stringify({ pid: 1, ...entry })}`;
		this.#bytes += text.length;
		this.#file.write(text);
	}
}

function argsOf({ attempt, fromUs, untilUs }: Granted): object {
	return { attempt, from_s: usToSeconds(fromUs), until_s: usToSeconds(untilUs) };
}
