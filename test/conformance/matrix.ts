import type { Capture, ConformanceDriver } from './driver.ts'
import { scenarioNames, type ScenarioName } from './scenario-names.ts'

/**
 * What becomes of a scenario. `recorded`: the entries are as expected. `unsupported`: the ORM cannot express it. The rest
 * are gaps of listener capture.
 */
export type Cell = 'recorded' | 'unsupported' | 'unseen' | 'partly' | 'refused'

/** One ORM and capture way, with its scenarios. */
export interface Column {
  readonly driver: string
  readonly capture: Capture
  readonly cells: ReadonlyMap<ScenarioName, Cell>
}

/** What the drivers declare, and the suite holds true. */
export function declaredColumns(drivers: readonly ConformanceDriver[]): readonly Column[] {
  return drivers.flatMap((driver) =>
    driver.captures.map((capture) => ({
      driver: driver.name,
      capture,
      cells: new Map(scenarioNames.map((name) => [name, declaredCell(driver, capture, name)])),
    })),
  )
}

/** What a driver declares of one scenario. */
export function declaredCell(driver: ConformanceDriver, capture: Capture, name: ScenarioName): Cell {
  if (driver.unsupported[name] !== undefined) return 'unsupported'
  return capture === 'listener' ? (driver.gaps[name]?.outcome ?? 'recorded') : 'recorded'
}

/** The matrix as tables of Markdown, one for each capture way. */
export function renderMatrix(columns: readonly Column[]): string {
  return (['trigger', 'listener'] as const)
    .flatMap((capture) => {
      const shown = columns.filter((column) => column.capture === capture)
      return shown.length === 0 ? [] : [renderTable(capture, shown)]
    })
    .join('\n')
}

/** The reasons for what is not `recorded`, as tables of Markdown. */
export function renderReasons(drivers: readonly ConformanceDriver[]): string {
  return [...reasonsFor(drivers), ...gapsOf(drivers)].join('\n')
}

const headings = { trigger: '## Trigger capture', listener: '## Listener capture' } as const

const marks = {
  recorded: 'yes',
  unsupported: '–',
  unseen: 'not seen',
  partly: 'in part',
  refused: 'refused',
} as const satisfies Record<Cell, string>

function markOf(cell: Cell | undefined): string {
  return cell === undefined ? '**failed**' : marks[cell]
}

function renderTable(capture: Capture, columns: readonly Column[]): string {
  const rows = scenarioNames.map((name) =>
    row([name, ...columns.map(({ cells }) => markOf(cells.get(name)))]),
  )
  return [
    headings[capture],
    '',
    row(['', ...columns.map(({ driver }) => driver)]),
    row(['---', ...columns.map(() => '---')]),
    ...rows,
    '',
  ].join('\n')
}

function reasonsFor(drivers: readonly ConformanceDriver[]): readonly string[] {
  const rows = drivers.flatMap(({ name, unsupported }) =>
    scenarioNames.flatMap((scenario) =>
      unsupported[scenario] === undefined ? [] : [row([name, scenario, unsupported[scenario]])],
    ),
  )
  return section('## What an ORM cannot express', ['', 'scenario', 'why'], rows)
}

function gapsOf(drivers: readonly ConformanceDriver[]): readonly string[] {
  const rows = drivers
    .filter(({ captures }) => captures.includes('listener'))
    .flatMap(({ name, gaps }) =>
      scenarioNames.flatMap((scenario) => {
        const gap = gaps[scenario]
        return gap === undefined ? [] : [row([name, scenario, marks[gap.outcome], gap.reason])]
      }),
    )
  return section('## What listener capture does not see', ['', 'scenario', 'outcome', 'why'], rows)
}

function section(heading: string, columns: readonly string[], rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return []
  return [heading, '', row(columns), row(columns.map(() => '---')), ...rows, '']
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
