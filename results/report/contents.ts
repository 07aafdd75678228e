/** A place of a page that its contents name. */
interface Place {
	readonly id: string;
	readonly title: string;
	readonly isFigure: boolean;
}

/** A page with fewer places is seen at a glance. */
const PLACES_LEAST = 4;

const HEADING = /(<figcaption>)?<h2>(.*?)<\/h2>/gs;

/**
 * Gives each heading of a page's body an anchor, by its words, and makes the contents that name them: figures first, then
 * tables; none of a page that has few.
 */
export function withContents(body: string): { body: string; contents: string } {
	const taken = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id as string));
	// Those that the page itself has.
	taken.add('data');
	const places: Place[] = [];
	const anchored = body.replaceAll(HEADING, (_all, figure: string | undefined, title: string) => {
		const id = anchorOf(title, taken);
		taken.add(id);
		places.push({ id, title, isFigure: figure !== undefined });
		return `${figure ?? ''}<h2 id="${id}">${title}</h2>`;
	});
	return { body: anchored, contents: places.length < PLACES_LEAST ? '' : contentsHtml(places) };
}

/** A heading's words as an id that no other place has. */
function anchorOf(title: string, taken: ReadonlySet<string>): string {
	const words = title.replace(/<[^>]*>/g, '').replace(/&[#\w]+;/g, '');
	const slug = words
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, '-')
		.replace(/^-|-$/g, '');
	const base = slug === '' ? 'part' : slug;
	let id = base;
	for (let i = 2; taken.has(id); i++) id = `${base}-${i}`;
	return id;
}

function contentsHtml(places: readonly Place[]): string {
	const list = (isFigure: boolean, label: string) => {
		const own = places.filter((place) => place.isFigure === isFigure);
		if (own.length === 0) return '';
		const links = own.map(
			({ id, title }) =>
				`<li><a href="#${encodeURIComponent(id)}">${title.replace(/<[^>]*>/g, '')}</a></li>`,
		);
		return `<ul aria-label="${label}">${links.join('')}</ul>`;
	};
	return `<nav class="contents" aria-label="Contents"><details open><summary>Contents</summary>${list(true, 'Figures')}${list(false, 'Tables')}</details></nav>`;
}
