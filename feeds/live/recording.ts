import {
	appendFileSync,
	closeSync,
	existsSync,
	ftruncateSync,
	openSync,
	readFileSync,
} from 'node:fs';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import type { FeedAnswer, FeedPoint } from './feed.ts';
import { recordingColumn, TIME_COLUMN } from './recording-format.ts';

/** Who recorded what of whom; stands beside the file, as `FILE.json`. */
export interface Provenance {
	/** The feed by its keys, without secrets. */
	readonly feed: object;
	/** `gridbeat 0.1.0`. */
	readonly by: string;
}

/** What became of the points of an answer. */
export interface Recorded {
	readonly rows: number;
	/** Of times that were recorded before with another value: the first is kept. */
	readonly revised: number;
	/** Foretold: what came to be is recorded, not what was expected. */
	readonly foretold: number;
}

/** How many times are remembered, to know what is new. */
const TIMES_MAX = 200_000;

/**
 * A file to which what a feed gives is appended: `time,marginal carbon intensity (g/kWh)`, a row for each time once. Runs read it as a file of
 * a grid signal or as a trace. One that is there is gone on with; a line that was not finished is cut off.
 */
export class Recording {
	private readonly path: string;
	private readonly provenance: Provenance;
	private readonly values = new Map<number, number>();
	private column: string | null = null;
	private sums = { rows: 0, revised: 0, outOfBounds: 0 };
	private readonly startedAt: string;

	/** @throws ConfigError for a file that is no recording */
	constructor(path: string, provenance: Provenance, startedAt: string) {
		[this.path, this.provenance, this.startedAt] = [path, provenance, startedAt];
		if (existsSync(path)) this.goOn();
	}

	/** The times that it has, in no order. */
	get times(): Iterable<number> {
		return this.values.keys();
	}

	/**
	 * Appends what is new in an answer.
	 *
	 * @throws ConfigError when the file cannot be written, or has values of another quantity or unit
	 */
	add(answer: FeedAnswer): Recorded {
		const column = recordingColumn(answer.quantity, answer.unit);
		if (this.column === null) this.append(`${TIME_COLUMN},${column}\n`);
		else if (this.column !== column)
			throw new ConfigError(
				`Cannot record "${column}" in "${this.path}": it has "${this.column}"; give another --out`,
			);
		this.column = column;
		const known = answer.points.filter(({ isForecast }) => !isForecast);
		const added = known.filter(({ fromMs }) => !this.values.has(fromMs));
		const revised = known.filter(
			({ fromMs, value }) => this.values.has(fromMs) && this.values.get(fromMs) !== value,
		).length;
		this.append(added.map(rowOf).join(''));
		for (const { fromMs, value } of added) this.remember(fromMs, value);
		const sums = this.sums;
		this.sums = {
			rows: sums.rows + added.length,
			revised: sums.revised + revised,
			outOfBounds: sums.outOfBounds + answer.outOfBounds,
		};
		this.writeProvenance(answer);
		const foretold = answer.points.length - known.length;
		return { rows: added.length, revised, foretold };
	}

	private remember(fromMs: number, value: number): void {
		this.values.set(fromMs, value);
		const [oldest] = this.values.keys();
		if (this.values.size > TIMES_MAX && oldest !== undefined) this.values.delete(oldest);
	}

	private append(text: string): void {
		if (text === '') return;
		try {
			appendFileSync(this.path, text);
		} catch (error) {
			throw new ConfigError(`Cannot record in "${this.path}": ${messageOf(error)}`);
		}
	}

	private writeProvenance(answer: FeedAnswer): void {
		const { quantity, unit, from, attribution, notes, receivedAtMs } = answer;
		const said = {
			...this.provenance,
			...{ quantity, unit, from, attribution, notes },
			startedAt: this.startedAt,
			receivedAt: new Date(receivedAtMs).toISOString(),
			...this.sums,
		};
		writeWhole(`${this.path}.json`, `${JSON.stringify(said, null, '\t')}\n`);
	}

	/** Reads what is there. */
	private goOn(): void {
		const text = readFileSync(this.path, 'utf8');
		const end = text.lastIndexOf('\n') + 1;
		const [header = '', ...lines] = text.slice(0, end).trimEnd().split(/\r?\n/);
		if (header === '' && end === text.length) return;
		const at = header.indexOf(',');
		if (header.slice(0, at) !== TIME_COLUMN || header.slice(at + 1).includes(','))
			throw new ConfigError(
				`Cannot record in "${this.path}": it is no recording but begins with ${quoted(text.split('\n')[0] ?? '')}; give another --out`,
			);
		this.column = header.slice(at + 1);
		for (const line of lines.slice(-TIMES_MAX)) {
			const [time = '', value = ''] = line.split(',');
			this.values.set(Date.parse(time), Number(value));
		}
		if (end < text.length) cutTo(this.path, Buffer.byteLength(text.slice(0, end)));
	}
}

function cutTo(path: string, bytes: number): void {
	const file = openSync(path, 'r+');
	try {
		ftruncateSync(file, bytes);
	} finally {
		closeSync(file);
	}
}

function rowOf({ fromMs, value }: FeedPoint): string {
	return `${new Date(fromMs).toISOString()},${value}\n`;
}
