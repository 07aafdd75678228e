import { nothing, svg, type TemplateResult } from 'lit-html';
import { directionOf, type FlowPart, flowText } from './flow.ts';
import { power } from './words.ts';

interface Place {
	readonly part: FlowPart;
	/** Upper left corner. */
	readonly x: number;
	readonly y: number;
}

interface Layout {
	readonly width: number;
	readonly height: number;
	readonly card: { readonly width: number; readonly height: number };
	readonly places: readonly Place[];
}

const HUB_RADIUS = 40;
/** Cards beside each other, at most. */
const ROW_MAX = { wide: 4, narrow: 3 } as const;

/** The energy flow of a site as a drawing: sources above, loads below, grid and battery beside. */
export function flowDrawing(
	parts: readonly FlowPart[],
	about: { readonly isNarrow: boolean; readonly site: string },
): TemplateResult {
	const { width, height, card, places } = layoutOf(parts, about.isNarrow);
	const highest = Math.max(1, ...parts.map(({ intoW }) => Math.abs(intoW ?? 0)));
	const throughW = parts.reduce((sum, { intoW }) => sum + Math.max(0, intoW ?? 0), 0);
	const middle = { x: width / 2, y: height / 2 };
	return svg`<svg class="flow" viewBox="0 0 ${width} ${height}" role="img" aria-label=${flowText(parts, power)}>
		${places.map((place) => link(place, { card, middle, highest }))}
		<circle class="hub" cx=${middle.x} cy=${middle.y} r=${HUB_RADIUS}></circle>
		<text class="hub-value" x=${middle.x} y=${middle.y + 2}>${power(throughW)}</text>
		<text class="hub-name" x=${middle.x} y=${middle.y + 19}>${clipped(about.site, 11)}</text>
		${places.map((place) => cardOf(place, card))}
	</svg>` as TemplateResult;
}

function layoutOf(parts: readonly FlowPart[], isNarrow: boolean): Layout {
	const [width, height] = isNarrow ? [360, 356] : [640, 340];
	const card = isNarrow ? { width: 112, height: 68 } : { width: 150, height: 70 };
	const most = isNarrow ? ROW_MAX.narrow : ROW_MAX.wide;
	const row = (kind: FlowPart['kind'], y: number) => {
		const some = folded(
			parts.filter((part) => part.kind === kind),
			most,
		);
		const gap = (width - some.length * card.width) / (some.length + 1);
		return some.map((part, i) => ({ part, x: gap + i * (card.width + gap), y }));
	};
	const middle = (height - card.height) / 2;
	const beside = (kind: FlowPart['kind'], x: number) =>
		parts.filter((part) => part.kind === kind).map((part) => ({ part, x, y: middle }));
	const places = [
		...row('source', 2),
		...beside('grid', isNarrow ? 2 : 20),
		...beside('battery', width - card.width - (isNarrow ? 2 : 20)),
		...row('load', height - card.height - 2),
	];
	return { width, height, card, places };
}

/** What has no room is one card. */
function folded(parts: readonly FlowPart[], most: number): readonly FlowPart[] {
	if (parts.length <= most) return parts;
	const rest = parts.slice(most - 1);
	const intoW = rest.reduce((sum, part) => sum + (part.intoW ?? 0), 0);
	const [first] = rest;
	if (first === undefined) return parts;
	const one = { ...first, color: 'c8', label: `${rest.length} others`, intoW, detail: '' };
	return [...parts.slice(0, most - 1), one];
}

interface Point {
	readonly x: number;
	readonly y: number;
}

function link(
	{ part, x, y }: Place,
	{ card, middle, highest }: { card: Layout['card']; middle: Point; highest: number },
): TemplateResult {
	const isUpright = part.kind === 'source' || part.kind === 'load';
	const center = { x: x + card.width / 2, y: y + card.height / 2 };
	const sign = isUpright ? Math.sign(middle.y - center.y) : Math.sign(middle.x - center.x);
	const from = isUpright
		? { x: center.x, y: center.y + (sign * card.height) / 2 }
		: { x: center.x + (sign * card.width) / 2, y: center.y };
	const to = isUpright
		? { x: middle.x, y: middle.y - sign * HUB_RADIUS }
		: { x: middle.x - sign * HUB_RADIUS, y: middle.y };
	const bend = isUpright
		? [from.x, (from.y + to.y) / 2, to.x, (from.y + to.y) / 2]
		: [(from.x + to.x) / 2, from.y, (from.x + to.x) / 2, to.y];
	const path = `M${from.x} ${from.y}C${bend.join(' ')} ${to.x} ${to.y}`;
	const direction = directionOf(part);
	const width = direction === 'none' ? 1.5 : 2 + 5 * Math.sqrt(Math.abs(part.intoW ?? 0) / highest);
	const half = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
	const slope = (180 / Math.PI) * Math.atan2(1.5 * (to.y - from.y), 1.5 * (to.x - from.x));
	const steep = isUpright && from.x !== to.x ? angleOf(from, to) : slope;
	const turn = direction === 'out' ? steep + 180 : steep;
	return svg`<g class="link ${part.color} ${direction}">
		<path class="line" d=${path} stroke-width=${width.toFixed(1)}></path>
		<path class="pulse" d=${path} stroke-width=${Math.max(1.5, width / 2).toFixed(1)}></path>
		${direction === 'none' ? nothing : svg`<path class="arrow" d="M-7 -7L7 0L-7 7Z" transform="translate(${half.x} ${half.y}) rotate(${turn.toFixed(0)})"></path>`}
	</g>` as TemplateResult;
}

/** Of the curve at its middle: it leaves and arrives upright. */
function angleOf(from: Point, to: Point): number {
	return (180 / Math.PI) * Math.atan2(0.75 * (to.y - from.y) * 0.5, 1.5 * (to.x - from.x) * 0.75);
}

function cardOf({ part, x, y }: Place, { width, height }: Layout['card']): TemplateResult {
	const direction = directionOf(part);
	const sign = { in: 'gives', out: 'takes', none: 'at rest' }[direction];
	const value = part.intoW === null ? '–' : power(Math.abs(part.intoW));
	return svg`<g class="card ${part.color}" transform="translate(${x} ${y})">
		<rect width=${width} height=${height} rx="9"></rect>
		<rect class="edge" width="5" height=${height - 18} x="0" y="9" rx="2.5"></rect>
		<text class="label" x="14" y="20">${clipped(part.label, width > 130 ? 18 : 13)}</text>
		<text class="value" x="14" y="41">${value}</text>
		<text class="detail" x="14" y="59">${clipped(part.detail === '' ? sign : `${sign}, ${part.detail}`, width > 130 ? 24 : 16)}</text>
	</g>` as TemplateResult;
}

function clipped(text: string, most: number): string {
	return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
