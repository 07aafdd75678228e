import { plainText } from '../../protocol/plain-text.ts';

/**
 * Files that are one JSON value, as JSON lines with a request each: what `vllm bench serve --save-detailed` and its kin
 * write (a list for each quantity), and lists of objects. Text of conversations has no number of tokens.
 */

/** Lists of what was measured, by request. */
const PROMPTS = 'input_lens';
const OUTPUTS = 'output_lens';
const STARTS = 'start_times';

/** Whether a file whose first line this is is one JSON value, and no JSON lines. */
export function isDocument(firstLine: string): boolean {
	if (!/^[[{]/.test(firstLine)) return false;
	const first = parsed(firstLine);
	return first === undefined || Array.isArray(first) || isColumns(first);
}

/**
 * Such a file as JSON lines, a request each.
 *
 * @throws Error that says what is wrong with it
 */
export function documentLines(text: string): string {
	const value = parsed(text);
	if (value !== undefined) return isColumns(value) ? columnLines(value) : listLines(value);
	// A benchmark appends a line for each of its runs.
	const runs = text.split('\n').filter((line) => line.trim() !== '');
	if (runs.length > 1 && runs.every((line) => isColumns(parsed(line))))
		throw new Error(`it has ${runs.length} benchmarks, one a line: give a file with one of them`);
	throw new Error('it begins like JSON and is none, neither as a whole nor line by line');
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isColumns(value: unknown): boolean {
	return isFields(value) && Array.isArray(value[PROMPTS]) && Array.isArray(value[OUTPUTS]);
}

function columnLines(value: unknown): string {
	const fields = isFields(value) ? value : {};
	const column = (name: string) => fields[name] as readonly unknown[] | undefined;
	const starts = column(STARTS)?.map(Number);
	const firstS = starts === undefined ? 0 : Math.min(...starts);
	const outputs = column(OUTPUTS) ?? [];
	const rows = (column(PROMPTS) ?? []).map((prompt, i) => ({
		...(starts === undefined ? {} : { [STARTS]: (starts[i] as number) - firstS }),
		...{ [PROMPTS]: prompt, [OUTPUTS]: outputs[i] },
	}));
	// In the order in which they were sent, which they were noted in at their ends.
	if (starts !== undefined) rows.sort((a, b) => (a[STARTS] as number) - (b[STARTS] as number));
	return rows.map((row) => JSON.stringify(row)).join('\n');
}

/** A list of objects, or the one list of objects that an object has. */
function listLines(value: unknown): string {
	const lists = isFields(value) ? Object.values(value).filter(Array.isArray) : [value];
	const list: unknown = lists.length === 1 ? lists[0] : null;
	const [first] = Array.isArray(list) ? (list as unknown[]) : [];
	if (!isFields(first))
		throw new Error(
			`it is JSON with no list of requests; it has ${plainText(isFields(value) ? Object.keys(value).join(', ') : typeof value, 200)}`,
		);
	if ('conversations' in first || 'messages' in first)
		throw new Error(
			`its rows have ${plainText(Object.keys(first).join(', '), 200)}: texts, and no numbers of tokens; count them with the tokenizer of the model, and give a file with columns arrived_at, num_prefill_tokens and num_decode_tokens`,
		);
	return (list as unknown[]).map((row) => JSON.stringify(row)).join('\n');
}
