import { styleText } from 'node:util'

import Table from 'cli-table3'

/** How many columns a page has: those of the terminal, between 80 and 120; 100 where there is none. */
export function pageWidth(): number {
  return Math.min(Math.max(process.stdout.columns ?? 100, 80), 120)
}

/** A heading, with a line to the end of the page, and what it is about in a sentence. */
export function formatHeading(title: string, explanation: string): string {
  const line = '─'.repeat(Math.max(pageWidth() - title.length - 4, 3))
  return `\n${styleText('cyan', '──')} ${styleText('bold', title)} ${styleText('cyan', line)}\n${styleText('dim', explanation)}\n`
}

/** A table without frames, in columns of these widths (two spaces between them included), whose cells are wrapped. */
export function createTable(head: readonly string[], widths: readonly (number | null)[] = []): Table.Table {
  return new Table({
    head: head.map((title) => styleText('bold', title)),
    colWidths: [...widths],
    wordWrap: true,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: frameless,
  })
}

/** The text of a table, without the spaces that fill its lines up. */
export function formatTable(table: Table.Table): string {
  return table.toString().replaceAll(/ +$/gm, '')
}

/** An id that is long, short enough for a table: `9b2f…c01a`. */
export function shortenIds(text: string): string {
  return text.replaceAll(/([0-9a-f]{4})[0-9a-f]{4}(?:-[0-9a-f]{4}){3}-[0-9a-f]{8}([0-9a-f]{4})/g, '$1…$2')
}

/** A text, cut where it gets longer than `length`. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

const noFrame = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', middle: '' }
const frameless = {
  ...noFrame,
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
}
