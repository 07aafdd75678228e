/** Bytes to write text into, in words or one by one. */
export interface Space {
	readonly bytes: Uint8Array;
	readonly view: DataView;
}

/** Bytes are copied four at a time, and up to three more than asked for. */
const WORD = 4;

/** Room for `size` bytes. */
export function createSpace(size: number): Space {
	const bytes = new Uint8Array(size + WORD);
	return { bytes, view: new DataView(bytes.buffer) };
}

/** Writes ASCII text at `at` and returns where it ends. */
export function putText({ bytes }: Space, at: number, text: string): number {
	for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
	return at + text.length;
}

/** A piece of text within a space. */
export interface Piece {
	readonly space: Space;
	readonly from: number;
	readonly to: number;
}

/** Copies a piece of another space to `at` and returns where it ends. */
export function putPiece({ view }: Space, at: number, { space, from, to }: Piece): number {
	const source = space.view;
	const shift = at - from;
	for (let i = from; i < to; i += WORD) view.setInt32(shift + i, source.getInt32(i, true), true);
	return shift + to;
}

/** ASCII text that is written often. */
export function pieceOf(text: string): Piece {
	const space = createSpace(text.length);
	return { space, from: 0, to: putText(space, 0, text) };
}
