/** A bar of a chart. */
export interface Bar {
  readonly name: string
  readonly value: number
  /** How it is coloured: our own, what all are measured by, somebody else's. */
  readonly kind: 'own' | 'yardstick' | 'other'
}

/** A line of a chart: what was measured at each place. */
export interface Line {
  readonly name: string
  readonly points: readonly { readonly at: number; readonly value: number }[]
}

/** Horizontal bars from zero, longest possible for the greatest value, the figure at the end of each. */
export function drawBars(title: string, subtitle: string, bars: readonly Bar[]): string {
  const greatest = Math.max(...bars.map(({ value }) => value))
  const [left, full, step] = [210, 400, 24]
  const drawn = bars.map(({ name, value, kind }, index) => {
    const y = 56 + index * step
    const width = Math.max(1, (value / greatest) * full)
    return [
      `<text x="${left - 8}" y="${y + 12}" class="name" text-anchor="end">${escape(name)}</text>`,
      `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="16" rx="2" class="${kind}"/>`,
      `<text x="${(left + width + 6).toFixed(1)}" y="${y + 12}" class="figure">${formatFigure(value)}</text>`,
    ].join('\n')
  })
  return wrap({ title, subtitle, width: left + full + 70, height: 64 + bars.length * step }, drawn)
}

/** Lines over a logarithmic axis of places and one of values, each named at its end. */
export function drawLines(title: string, subtitle: string, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points)
  const [left, top, width, height] = [70, 60, 380, 260]
  const x = scale(
    points.map(({ at }) => at),
    left,
    left + width,
  )
  const y = scale(
    points.map(({ value }) => value),
    top + height,
    top,
  )
  const axes = [
    ...x.ticks.map(
      (tick) =>
        `<line x1="${x.place(tick)}" y1="${top}" x2="${x.place(tick)}" y2="${top + height}" class="grid"/>` +
        `<text x="${x.place(tick)}" y="${top + height + 18}" class="figure" text-anchor="middle">${formatFigure(tick)}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<line x1="${left}" y1="${y.place(tick)}" x2="${left + width}" y2="${y.place(tick)}" class="grid"/>` +
        `<text x="${left - 8}" y="${y.place(tick) + 4}" class="figure" text-anchor="end">${formatFigure(tick)}</text>`,
    ),
  ]
  const labels = spreadOut(lines.map((line) => y.place(line.points.at(-1)?.value ?? 1)))
  const drawn = lines.map((line, index) => {
    const path = line.points.map(({ at, value }) => `${x.place(at)},${y.place(value)}`).join(' ')
    const dots = line.points.map(
      ({ at, value }) =>
        `<circle cx="${x.place(at)}" cy="${y.place(value)}" r="3" class="dot line${index}"/>`,
    )
    return [
      `<polyline points="${path}" class="line line${index}"/>`,
      ...dots,
      `<text x="${left + width + 10}" y="${(labels[index] ?? 0) + 4}" class="name line${index}">${escape(line.name)}</text>`,
    ].join('\n')
  })
  return wrap({ title, subtitle, width: left + width + 360, height: top + height + 34 }, [...axes, ...drawn])
}

// whole powers of ten around the values; a power is a tick
function scale(values: readonly number[], from: number, to: number) {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    place: (value: number) =>
      Math.round(10 * (from + ((Math.log10(value) - low) / (high - low)) * (to - from))) / 10,
  }
}

// names at the ends of lines, moved apart until none covers another
function spreadOut(places: readonly number[]): readonly number[] {
  const gap = 16
  const moved = [...places]
  const order = places.map((place, index) => ({ place, index })).toSorted((a, b) => a.place - b.place)
  let last = Number.NEGATIVE_INFINITY
  for (const { place, index } of order) {
    last = Math.max(place, last + gap)
    moved[index] = last
  }
  return moved
}

function wrap(
  frame: {
    readonly title: string
    readonly subtitle: string
    readonly width: number
    readonly height: number
  },
  content: readonly string[],
): string {
  const { title, subtitle, width, height } = frame
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<style>${style}</style>
<text x="12" y="22" class="title">${escape(title)}</text>
<text x="12" y="40" class="subtitle">${escape(subtitle)}</text>
${content.join('\n')}
</svg>
`
}

// colours that are told apart by their lightness too; text and grid follow the reader's light or dark
const lineColours = ['#2f81f7', '#bf8700', '#2da44e', '#bf3989', '#8250df', '#cf5b27', '#1b7c83']
const style = `
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.subtitle, .figure { fill: #59636e }
.own { fill: #2f81f7 } .yardstick { fill: #8c959f } .other { fill: #bf8700 }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
${lineColours.map((colour, index) => `polyline.line${index} { stroke: ${colour} } circle.line${index}, text.line${index} { fill: ${colour} }`).join('\n')}
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .subtitle, .figure { fill: #9198a1 } .grid { stroke: #3d444d }
}`

function formatFigure(value: number): string {
  if (value >= 10_000) {
    return value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 1 })
  }
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
