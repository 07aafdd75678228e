import { gunzipSync } from 'node:zlib';
import { messageOf } from '../../protocol/errors.ts';

/** What a packed file may become, bytes: more is read no more, be it a bomb or a month of requests. */
const MOST_UNPACKED_BYTES = 2 ** 31;

/** Files that people take for text: what they begin with, and what they are. */
const OTHERS: readonly (readonly [beginning: string, what: string])[] = [
	['PK\x03\x04', 'a zip archive or a spreadsheet (.xlsx): unpack it, or save it as CSV'],
	['\xd0\xcf\x11\xe0', 'a spreadsheet (.xls): save it as CSV'],
	['PAR1', 'a Parquet file: save it as CSV'],
	['\x89HDF', 'an HDF5 or NetCDF file: save it as CSV'],
	['CDF\x01', 'a NetCDF file: save it as CSV'],
	['CDF\x02', 'a NetCDF file: save it as CSV'],
	['(\xb5/\xfd', 'packed by zstd: unpack it'],
	['BZh', 'packed by bzip2: unpack it'],
	['\xfd7zXZ', 'packed by xz: unpack it'],
	["7z\xbc\xaf'", 'a 7z archive: unpack it'],
];

/** Whether bytes have to go through `textBytes` as a whole; those of plain UTF-8 can be read piece by piece. */
export function isPlainText(head: Buffer): boolean {
	return (
		!isGzip(head) && encodingOf(head) === null && OTHERS.every(([text]) => !begins(head, text))
	);
}

/**
 * The bytes of a text file of the user's as UTF-8 without a byte order mark: unpacked if gzip packed them, from UTF-16 if
 * they are in it.
 *
 * @throws Error that says what the file is, where it is none of these
 */
export function textBytes(bytes: Buffer): Buffer {
	const own = isGzip(bytes) ? unpacked(bytes) : bytes;
	const other = OTHERS.find(([text]) => begins(own, text));
	if (other !== undefined) throw new Error(`it is ${other[1]} first`);
	const encoding = encodingOf(own);
	if (encoding !== null) return Buffer.from(new TextDecoder(encoding).decode(own), 'utf8');
	return begins(own, '\xef\xbb\xbf') ? own.subarray(3) : own;
}

function isGzip(head: Buffer): boolean {
	return head[0] === 0x1f && head[1] === 0x8b;
}

function unpacked(bytes: Buffer): Buffer {
	try {
		return gunzipSync(bytes, { maxOutputLength: MOST_UNPACKED_BYTES });
	} catch (error) {
		const { code } = error as { code?: string };
		throw new Error(
			code === 'ERR_BUFFER_TOO_LARGE'
				? `packed by gzip, it has more than ${MOST_UNPACKED_BYTES} bytes: unpack it first`
				: `packed by gzip, it cannot be unpacked: ${messageOf(error)}`,
		);
	}
}

function begins(bytes: Buffer, text: string): boolean {
	return bytes.toString('latin1', 0, text.length) === text;
}

/** UTF-16 by its mark, or by the zeros that letters of ours have in it; null: neither. */
function encodingOf(head: Buffer): 'utf-16le' | 'utf-16be' | null {
	if (begins(head, '\xff\xfe')) return 'utf-16le';
	if (begins(head, '\xfe\xff')) return 'utf-16be';
	if (head.length < 4) return null;
	const isZero = (at: number) => head[at] === 0;
	if (!isZero(0) && isZero(1) && !isZero(2) && isZero(3)) return 'utf-16le';
	if (isZero(0) && !isZero(1) && isZero(2) && !isZero(3)) return 'utf-16be';
	return null;
}
