import { readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/** What the databases of a run, and the write-ahead log behind them, never come to. */
const bytesOfRun = 6 * 2 ** 30

/**
 * The folder for what outlives no run: one in memory where that has room, and otherwise the system's temporary one. The run
 * makes hundreds of databases by copying files, each of which takes many times as long on a disk.
 */
export function memoryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    const available = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
    if (Math.min(bavail * bsize, Number(available) * 1024) > bytesOfRun) return '/dev/shm'
  } catch {
    // not Linux
  }
  return tmpdir()
}
