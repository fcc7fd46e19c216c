import { Presets, SingleBar } from 'cli-progress'

/** How far something has come. */
export interface Progress {
  readonly update: (bytes: number, line: number) => void
  readonly stop: () => void
}

/** A bar on a terminal; where there is none, nothing. */
export function startProgress(totalBytes: number): Progress {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} }
  const bar = new SingleBar(
    { format: 'Replaying {bar} {percentage} %, line {line}, {eta_formatted} left', clearOnComplete: true },
    Presets.shades_classic,
  )
  bar.start(totalBytes, 0, { line: 0 })
  return { update: (bytes, line) => bar.update(bytes, { line }), stop: () => bar.stop() }
}
