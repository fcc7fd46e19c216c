import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

import { ExplainedError } from '../explained-error.ts'
import { parseEdit, type Edit } from './edit.ts'

/** A file of edits that is being read. */
export interface EditFile {
  readonly sizeBytes: number
  /** How far reading has come, in bytes of the file as it lies there. */
  readonly readBytes: () => number
  /** Line by line, to be read once; memory for one line. */
  readonly edits: AsyncIterable<Edit>
}

/**
 * Opens a file of edits, NDJSON or, named `.gz`, the same compressed.
 *
 * @throws ExplainedError when there is no such file; while reading, for a line that is no edit and a damaged file
 */
export async function openEditFile(path: string): Promise<EditFile> {
  const found = await stat(path).catch((error: unknown) => {
    throw new ExplainedError(`${path} cannot be read. Name a file of edits, .ndjson or .ndjson.gz.`, {
      cause: error,
    })
  })
  const file = createReadStream(path)
  // pipeline and not pipe: an error of the file ends the stream that is read here
  const text = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => {}) : file
  text.setEncoding('utf8')
  return { sizeBytes: found.size, readBytes: () => file.bytesRead, edits: readEdits(path, text) }
}

async function* readEdits(path: string, text: AsyncIterable<string>): AsyncGenerator<Edit> {
  let line = 0
  try {
    for await (const content of splitLines(text)) {
      line += 1
      if (content.trim() !== '') yield parseEdit(content, line)
    }
  } catch (error) {
    if (!isStreamError(error)) throw error
    throw new ExplainedError(`${path} cannot be read beyond line ${line} (${error.message}).`, {
      cause: error,
    })
  }
}

async function* splitLines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let pieces: string[] = []
  for await (const chunk of text) {
    const lines = chunk.split('\n')
    const last = lines.pop() ?? ''
    for (const line of lines) {
      yield [...pieces, line].join('')
      pieces = []
    }
    pieces.push(last)
  }
  yield pieces.join('')
}

// of zlib (Z_DATA_ERROR, Z_BUF_ERROR) or of the file system (EISDIR, EIO): what the consumer of the lines throws is not
function isStreamError(error: unknown): error is Error {
  return error instanceof Error && 'errno' in error
}
