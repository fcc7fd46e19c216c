import Table from 'cli-table3'

import type { Finding } from './scenario.ts'

/** A finding as a table for the terminal, its goals and notes below. */
export function formatFinding({ title, unit, results, goals, notes = [] }: Finding): string {
  const facts = [...new Set(results.flatMap((result) => Object.keys(result.facts ?? {})))]
  const table = new Table({
    head: ['', unit, 'ratio', 'spread', 'added', ...facts],
    colAligns: ['left', 'right', 'right', 'right', 'right', ...facts.map(() => 'right' as const)],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const result of results) {
    table.push([
      result.name,
      formatNumber(result.median),
      result.ratio.toFixed(2),
      result.spread.map((value) => value.toFixed(2)).join(' – '),
      formatNumber(result.added),
      ...facts.map((fact) => result.facts?.[fact] ?? ''),
    ])
  }
  return [
    `\n${title}`,
    table.toString(),
    ...goals.map(
      ({ text, measured, reached }) =>
        `${reached ? '✓' : '✗'} goal: ${text}; measured ${formatNumber(measured)}`,
    ),
    ...notes.map((note) => `· ${note}`),
  ].join('\n')
}

/** A figure with three digits that count, or all that stand before the point. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
