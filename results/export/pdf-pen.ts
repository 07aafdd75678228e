import { readFileSync } from 'node:fs';
import PdfDocument from 'pdfkit';
import { projectFile } from '../../kernel/files/project-file.ts';

/** Draws on a page of a PDF, in points from its upper left corner. */
export interface Pen {
	/** The width of words of a size. */
	widthOf(words: string, size: number): number;
	text(words: string, at: TextPlace): void;
	/** A line along a path in the words of SVG. */
	line(path: string, look: { color: string; width: number; dash?: readonly number[] }): void;
	area(path: string, look: { color: string; opacity: number }): void;
	/** What `body` draws is seen within a rectangle alone. */
	within(
		rect: readonly [x: number, y: number, width: number, height: number],
		body: () => void,
	): void;
}

/** Where words stand: `x` is their start, middle or end, `y` their base line. */
export interface TextPlace {
	readonly x: number;
	readonly y: number;
	readonly size: number;
	readonly color: string;
	readonly align?: 'start' | 'middle' | 'end';
}

/** What a reader of a PDF says of it. */
export interface PdfInfo {
	readonly title: string;
	readonly creator: string;
	/** So that the same run gives the same bytes. */
	readonly madeMs: number;
}

/** A PDF, and the letters of its words that its fonts have not, for which it has question marks. */
export interface Pdf {
	readonly bytes: Uint8Array;
	readonly unknown: readonly string[];
}

/**
 * A PDF of one page with embedded fonts and no picture of pixels.
 *
 * @param draw measures, and returns the size of the page and what draws it
 */
export async function pdfOf(
	{ title, creator, madeMs }: PdfInfo,
	draw: (pen: Pen) => { width: number; height: number; paint: () => void },
): Promise<Pdf> {
	const info = {
		Title: title,
		Creator: creator,
		Producer: 'pdfkit',
		CreationDate: new Date(madeMs),
	};
	const document = new PdfDocument({
		autoFirstPage: false,
		font: fontFile('latin') as never,
		info,
	});
	const chunks: Uint8Array[] = [];
	const ended = new Promise<void>((resolve, reject) => {
		document.on('data', (chunk: Uint8Array) => chunks.push(chunk));
		document.on('end', resolve);
		document.on('error', reject);
	});
	const unknown = new Set<string>();
	for (const { name } of FONTS) document.registerFont(name, fontFile(name) as never);
	const { width, height, paint } = draw(penOf(document, unknown));
	document.addPage({ size: [width, height], margin: 0 });
	paint();
	document.end();
	await ended;
	return { bytes: Buffer.concat(chunks), unknown: [...unknown] };
}

/** The letters that each font has. */
const FONTS = [
	{
		name: 'latin',
		has: /[\u0020-\u007e\u00a0-\u00ff\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026\u2212\u20ac]/,
	},
	{ name: 'latin-ext', has: /[\u0100-\u017f\u0218-\u021b\u1e80-\u1e85]/ },
	{ name: 'greek', has: /[\u0384-\u03ce]/ },
	{ name: 'cyrillic', has: /[\u0401-\u045f]/ },
] as const;

function fontFile(name: string): Uint8Array {
	return readFileSync(projectFile(`results/export/fonts/source-sans-3-${name}.woff`));
}

/** Words of one font and size. */
interface Piece {
	readonly font: string;
	text: string;
	readonly isLow: boolean;
}

/** Digits below the line are small ones, and below it. */
const LOW_DIGITS = '₀₁₂₃₄₅₆₇₈₉';
const LOW_SIZE = 0.7;
const LOW_DOWN = 0.15;

function piecesOf(words: string, unknown: Set<string>): Piece[] {
	const pieces: Piece[] = [];
	for (const letter of words.normalize('NFC')) {
		const digit = LOW_DIGITS.indexOf(letter);
		const isLow = digit !== -1;
		let shown = isLow ? String(digit) : letter;
		let font = FONTS.find(({ has }) => has.test(shown))?.name;
		if (font === undefined) {
			unknown.add(letter);
			shown = '?';
			font = 'latin';
		}
		const last = pieces.at(-1);
		if (last?.font === font && last.isLow === isLow) last.text += shown;
		else pieces.push({ font, text: shown, isLow });
	}
	return pieces;
}

function penOf(document: PDFKit.PDFDocument, unknown: Set<string>): Pen {
	const widthOfPiece = ({ font, text, isLow }: Piece, size: number): number =>
		document
			.font(font)
			.fontSize(isLow ? LOW_SIZE * size : size)
			.widthOfString(text);
	const widthOf = (words: string, size: number): number =>
		piecesOf(words, unknown).reduce((sum, piece) => sum + widthOfPiece(piece, size), 0);
	return {
		widthOf,
		text: (words, { x, y, size, color, align = 'start' }) => {
			const share = { start: 0, middle: 0.5, end: 1 }[align];
			let left = x - share * widthOf(words, size);
			for (const piece of piecesOf(words, unknown)) {
				const width = widthOfPiece(piece, size);
				const base = y + (piece.isLow ? LOW_DOWN * size : 0);
				document.fillColor(color, 1).text(piece.text, left, base, {
					...{ lineBreak: false, baseline: 'alphabetic' },
				});
				left += width;
			}
		},
		line: (path, { color, width, dash }) => {
			if (path === '') return;
			document.save().path(path).lineWidth(width).lineJoin('round').strokeColor(color);
			if (dash !== undefined) document.dash(dash[0] ?? 1, { space: dash[1] ?? 1 });
			document.stroke().restore();
		},
		area: (path, { color, opacity }) => {
			if (path !== '') document.save().path(path).fillColor(color, opacity).fill().restore();
		},
		within: ([x, y, width, height], body) => {
			document.save().rect(x, y, width, height).clip();
			body();
			document.restore();
		},
	};
}
