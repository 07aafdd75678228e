import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';

/** Of files with a column for each place, the names of some say enough. */
const NAMED_MOST = 8;

/** Names the columns of a file that are not used. */
export function unusedNote(names: readonly string[]): Note {
	const listed = names.slice(0, NAMED_MOST).map((name) => quoted(name));
	const more = names.length > NAMED_MOST ? ', …' : '';
	const noun = names.length === 1 ? 'column is' : 'columns are';
	return note(`${noun} not used: ${listed.join(', ')}${more}`, names.length);
}
