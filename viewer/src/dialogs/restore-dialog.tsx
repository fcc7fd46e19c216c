import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { problemOf, type Problem } from '../api/problem.ts'
import type { Api, UndoPreview } from '../api/api.ts'
import type { RestoreDetail } from '../embedding.ts'
import type { RestoreIntent } from '../feed/feed-controls.ts'
import { nameOf } from '../model/entry-view.ts'
import { formatMoment } from '../model/format-time.ts'
import { Loading, ProblemNotice } from '../shell/notice.tsx'
import { useLastAnswer, useRequest } from '../shell/use-request.ts'
import { useViewer, ViewerProvider } from '../shell/viewer-context.ts'
import { Dialog } from './dialog.tsx'
import { PreviewConflicts, PreviewOmitted } from './preview-conflicts.tsx'
import { PreviewFields } from './preview-fields.tsx'
import {
  entryOf,
  fieldsToChoose,
  planRequest,
  titleOf,
  type ConflictMode,
  type RestoreRequest,
} from './restore-plan.ts'

/** Shows what restoring would do, lets people choose what of it, and does it. Nothing is lost: it is a new entry on top. */
export function RestoreDialog({
  intent,
  close,
  onDone,
}: {
  readonly intent: RestoreIntent
  readonly close: () => void
  readonly onDone: () => void
}): JSX.Element {
  const viewer = useViewer()
  const entry = entryOf(intent)
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [conflicts, setConflicts] = useState<ConflictMode>('refuse')
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem | null>(null)
  const [isBusy, setBusy] = useState(false)
  const [requested, retry] = useRequest(JSON.stringify([intent, conflicts]), async () => {
    return previewRequest(viewer.api, planRequest(intent, { conflicts, columns: null, reason: '' }))
  })

  const perform = async (preview: UndoPreview) => {
    const columns = chosenColumns(preview, left)
    const request = planRequest(intent, { conflicts, columns, reason })
    const detail: RestoreDetail = { ...request, entry }
    if (!viewer.emit('backstory-restore', detail)) return close()
    setBusy(true)
    setProblem(null)
    try {
      const etag = columns === null ? preview.etag : await previewAgain(request)
      const undone =
        request.verb === 'restore'
          ? await viewer.api.restore(request.body, etag)
          : await viewer.api.undo(request.body, etag)
      viewer.emit('backstory-restored', { ...detail, undone })
      viewer.announce('Done. A new entry records it.')
      close()
      onDone()
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  // what is chosen is another write than what was previewed whole
  const previewAgain = async (request: RestoreRequest): Promise<string> =>
    (await previewRequest(viewer.api, request)).etag

  const shown = useLastAnswer(requested)
  const preview = requested.status === 'ready' ? requested.value : null
  return (
    <ViewerProvider value={{ ...viewer, showField: null }}>
      <Dialog title={titleOf(intent, entry === null ? 'it' : nameOf(entry))} close={close}>
        {intent.kind === 'version' ? (
          <p class="faint">As it was right after {formatMoment(intent.entry.timestamp, viewer.time)}</p>
        ) : null}
        <div class="dialog-scroll">
          {requested.status === 'loading' && shown === null ? (
            <Loading lines={4} label="Working out what would change" />
          ) : null}
          {requested.status === 'failed' ? <ProblemNotice problem={requested.problem} retry={retry} /> : null}
          {shown === null ? null : (
            <>
              <PreviewConflicts preview={shown} mode={conflicts} choose={setConflicts} />
              <PreviewFields preview={shown} left={left} leave={setLeft} />
              <PreviewOmitted preview={shown} />
            </>
          )}
          {problem === null ? null : <ProblemNotice problem={problem} />}
        </div>
        <label class="input-row">
          <span>Reason</span>
          <input
            type="text"
            value={reason}
            maxLength={1000}
            placeholder="Why? It is kept with the entry."
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        <footer class="dialog-foot">
          <p class="faint">Nothing is lost: it is recorded as a new change, which can be undone too.</p>
          <button class="button is-quiet" onClick={close}>
            Cancel
          </button>
          <button
            class="button is-primary"
            disabled={preview === null || countChosen(preview, left) === 0}
            onClick={() => preview !== null && !isBusy && void perform(preview)}
          >
            {isBusy ? 'Working…' : labelOf(intent)}
          </button>
        </footer>
      </Dialog>
    </ViewerProvider>
  )
}

function previewRequest(api: Api, request: RestoreRequest): Promise<UndoPreview> {
  if (request.verb === 'restore') {
    const { reason: _, ...body } = request.body
    return api.previewRestore(body)
  }
  const { reason: _, ...body } = request.body
  return api.previewUndo(body)
}

function labelOf({ kind }: RestoreIntent): string {
  return kind === 'version' ? 'Restore' : kind === 'deleted' ? 'Bring back' : 'Undo'
}

function chosenColumns(preview: UndoPreview, left: ReadonlySet<string>): readonly string[] | null {
  if (left.size === 0) return null
  const columns = new Set(fieldsToChoose(preview).map(({ column }) => column))
  return [...columns].filter((column) => !left.has(column))
}

function countChosen(preview: UndoPreview, left: ReadonlySet<string>): number {
  return chosenColumns(preview, left)?.length ?? preview.changes.length
}
