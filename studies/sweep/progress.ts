import { MultiBar, Presets } from 'cli-progress';

/** Shows how long work goes: how much is done, what runs, the time left, and failures by name. */
export interface WorkView {
	/** Something is known of an item: which part of it is done (0 to 1) or what it does, and where if not here. */
	update(item: string, what: number | string, where?: string): void;
	/** An item is done. */
	done(item: string, failure: string | null): void;
	end(): void;
}

interface Stream {
	write(text: string): unknown;
	readonly isTTY?: boolean;
}

/** Plain lines come at most this often, and at the end. */
const LINE_INTERVAL_MS = 2_000;
/** What is done this soon was there already. */
const QUICK_MS = 50;
/** So much of an item must be done before one can estimate how long the rest takes. */
const LEAST_PART = 0.1;
/** Items shown with what they do. */
const ITEMS_SHOWN = 8;

/** A view of `total` items of work, such as `runs`. */
export function workView(total: number, noun: string, stream: Stream): WorkView {
	return stream.isTTY === true
		? barView(total, noun, stream as NodeJS.WriteStream)
		: lineView(total, noun, stream);
}

/** A view that only names failures. */
export function silentView(stream: Stream): WorkView {
	return {
		update() {},
		done: (item, failure) => sayFailure(item, failure, (text) => void stream.write(text)),
		end() {},
	};
}

function sayFailure(item: string, failure: string | null, say: (text: string) => void): void {
	if (failure !== null) say(`${item}: ${failure}\n`);
}

/** `45 %`, or what it does; and where. */
function detailOf(what: number | string, where: string | undefined): string {
	const text = typeof what === 'number' ? `${Math.floor(100 * what)} %` : what;
	return where === undefined || where === '' ? text : `${text} on ${where}`;
}

/** How far the work is, and how long what is left will take if it goes on like this. */
class Pace {
	readonly total: number;
	readonly #noun: string;
	/** Of items at work, how much of each is done. */
	readonly #parts = new Map<string, number>();
	done = 0;
	failed = 0;
	/** When, and with how much done, work was under way: what was there already, and processes that start, give no pace. */
	#base = { ms: performance.now(), sum: 0, isSet: false };

	constructor(total: number, noun: string) {
		this.total = total;
		this.#noun = noun;
	}

	part(item: string, what: number | string): void {
		if (typeof what !== 'number') return;
		this.#parts.set(item, what);
		if (!this.#base.isSet) this.#base = { ms: performance.now(), sum: this.sum, isSet: true };
	}

	end(item: string, failure: string | null): void {
		this.#parts.delete(item);
		this.done++;
		if (!this.#base.isSet && performance.now() - this.#base.ms < QUICK_MS)
			this.#base.sum = this.done;
		if (failure !== null) this.failed++;
	}

	/** Items, with the parts of those at work. */
	get sum(): number {
		let sum = this.done;
		for (const part of this.#parts.values()) sum += part;
		return Math.min(this.total, sum);
	}

	text(): string {
		const failed = this.failed === 0 ? '' : `, ${this.failed} failed`;
		return `${this.done} of ${this.total} ${this.#noun}${failed}${this.#left()}`;
	}

	#left(): string {
		const { ms, sum: before } = this.#base;
		const sum = this.sum - before;
		if (this.done === this.total || sum < LEAST_PART) return '';
		const seconds = (performance.now() - ms) / 1000;
		const left = Math.round((seconds / sum) * (this.total - this.sum));
		return left === 0 ? '' : `, ${spanText(left)} left`;
	}
}

/** Words in lines of at most so many characters; a bar's log cuts off what is longer. */
function wrapped(text: string, width: number): string {
	const lines = [''];
	for (const word of text.trimEnd().split(' ')) {
		const line = lines.at(-1) as string;
		if (line !== '' && line.length + 1 + word.length > width) lines.push(`  ${word}`);
		else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
	}
	return `${lines.join('\n')}\n`;
}

function spanText(seconds: number): string {
	if (seconds >= 3600)
		return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
	return seconds >= 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${seconds} s`;
}

function barView(total: number, noun: string, stream: NodeJS.WriteStream): WorkView {
	const pace = new Pace(total, noun);
	const columns = () => Math.max(30, stream.columns ?? 80);
	const bars = new MultiBar(
		{
			stream,
			hideCursor: true,
			clearOnComplete: true,
			// The bar takes what the words leave.
			barsize: Math.max(8, Math.min(40, columns() - 46)),
			format: '{bar} {text}',
		},
		Presets.shades_classic,
	);
	const bar = bars.create(total, 0, { text: pace.text() });
	const lines = new Map<string, ReturnType<MultiBar['create']>>();
	const fit = (item: string, detail: string) => {
		// What is said at the end matters most: a long name is cut.
		const room = columns() - 5 - detail.length;
		const name = item.length > room ? `${item.slice(0, Math.max(1, room - 1))}…` : item;
		return `  ${name}: ${detail}`;
	};
	const redraw = () => bar.update(pace.sum, { text: pace.text() });
	return {
		update(item, what, where) {
			pace.part(item, what);
			const text = fit(item, detailOf(what, where));
			const line = lines.get(item);
			if (line !== undefined) line.update(0, { text });
			else if (lines.size < ITEMS_SHOWN)
				lines.set(item, bars.create(1, 0, { text }, { format: '{text}' }));
			redraw();
		},
		done(item, failure) {
			pace.end(item, failure);
			sayFailure(item, failure, (text) => bars.log(wrapped(text, columns() - 1)));
			const line = lines.get(item);
			if (line !== undefined) bars.remove(line);
			lines.delete(item);
			redraw();
		},
		end: () => bars.stop(),
	};
}

function lineView(total: number, noun: string, stream: Stream): WorkView {
	const pace = new Pace(total, noun);
	let lastMs = performance.now();
	const say = (detail: string) => {
		const nowMs = performance.now();
		if (nowMs - lastMs < LINE_INTERVAL_MS && pace.done < total) return;
		lastMs = nowMs;
		stream.write(`${pace.text()}${detail === '' ? '' : `  ${detail}`}\n`);
	};
	return {
		update(item, what, where) {
			pace.part(item, what);
			say(`${item}: ${detailOf(what, where)}`);
		},
		done(item, failure) {
			pace.end(item, failure);
			sayFailure(item, failure, (text) => void stream.write(text));
			say('');
		},
		end() {},
	};
}
