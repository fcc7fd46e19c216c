import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes long for its size, by which files are ordered where no earlier run is known: begun last, it would end alone. */
const long = ['shared-history', 'entry-indexes', 'column-types', 'any-text', 'trouble', 'hidden']

/**
 * Runs the files of the project `together` last and in one row, since a worker is kept only while the next file is of its
 * kind; those that take long first.
 */
export class TogetherLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a method of the sequencer
    const sorted = await super.sort(files)
    const rank = ({ project, moduleId }: TestSpecification): number => {
      if (project.name !== 'together') return 0
      return long.some((name) => moduleId.endsWith(`/${name}.test.ts`)) ? 1 : 2
    }
    return sorted.toSorted((one, other) => rank(one) - rank(other))
  }
}
